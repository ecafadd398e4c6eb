"""Parts of a period: what is left of it, and what that costs.

A share is rounded half up once. What was used is what was charged less what is left, never a second
rounded share: the two always add up to what was charged, to the cent, however often a plan changes.
"""

from datetime import datetime
from fractions import Fraction

from serai.modules.billing.periods import local_date
from serai.modules.billing.subscriptions.state import Proration


def share_left(start: datetime, end: datetime, at: datetime, *, by: Proration, time_zone: str) -> Fraction:
    """The part of start … end that lies after `at`. By day the day of `at` counts as used already for
    what ends and as not used yet for what begins: both changes of one day fall on the same boundary."""
    if by == "none" or at >= end:
        return Fraction(0)
    if at <= start:
        return Fraction(1)
    if by == "day":
        whole = (local_date(end, time_zone) - local_date(start, time_zone)).days
        left = (local_date(end, time_zone) - local_date(at, time_zone)).days
        return Fraction(left, whole) if whole else Fraction(0)
    return Fraction(_microseconds(end, at), _microseconds(end, start))


def of(amount: int, share: Fraction) -> int:
    """Rounded half up."""
    return round_half_up(amount * share)


def round_half_up(value: Fraction) -> int:
    whole = int(abs(value) + Fraction(1, 2))
    return -whole if value < 0 else whole


def _microseconds(later: datetime, earlier: datetime) -> int:
    gap = later - earlier
    return (gap.days * 86_400 + gap.seconds) * 1_000_000 + gap.microseconds
