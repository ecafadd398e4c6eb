"""What a coupon gives and asks for, and what several take off an invoice: pure arithmetic."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from serai.kit.errors import Invalid

Duration = Literal["once", "repeating", "forever"]
_WHOLE = 10_000


class CouponTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Either `bps` (percent × 100) or an `amount` in minor units of `currency`.

    `periods`: how many a repeating one holds for. `minimum` is the least purchase it is for, in
    minor units of `minimum_currency`. Empty `package_ids` or `period_keys` mean all.
    """

    bps: int | None = None
    amount: int | None = None
    currency: str | None = None
    duration: Duration = "once"
    periods: int | None = None
    minimum: int | None = None
    minimum_currency: str | None = None
    package_ids: tuple[str, ...] = ()
    period_keys: tuple[str, ...] = ()
    first_purchase_only: bool = False
    stackable: bool = False

    def lasts(self, periods_used: int) -> bool:
        """Whether it also holds for the next period, when so many were invoiced with it."""
        match self.duration:
            case "once":
                return periods_used < 1
            case "repeating":
                return periods_used < (self.periods or 0)
            case "forever":
                return True


def discount(amounts: Sequence[int], coupons: Sequence[CouponTerms], currency: str) -> tuple[int, ...]:
    """What each line costs less: percentages first, then fixed amounts, each in the order given.

    Amounts are minor units of `currency`; lines of nothing or less stay as they are, and no line
    goes below zero. A percentage is taken of each line and rounded half up; a fixed amount is
    spread over the lines by their size, to the last unit (largest remainder).
    """
    left = [max(amount, 0) for amount in amounts]
    for coupon in coupons:
        if coupon.bps is not None:
            left = [each - share_of(each, coupon.bps) for each in left]
    for coupon in coupons:
        if coupon.amount is not None:
            if coupon.currency != currency:
                raise Invalid(f"A coupon in {coupon.currency} takes nothing off an amount in {currency}.")
            spread = _spread(min(coupon.amount, sum(left)), left)
            left = [each - part for each, part in zip(left, spread, strict=True)]
    return tuple(max(amount, 0) - rest for amount, rest in zip(amounts, left, strict=True))


def share_of(amount: int, bps: int) -> int:
    """So many hundredths of a percent of `amount`, rounded half up (away from zero)."""
    share = (abs(amount) * bps * 2 + _WHOLE) // (2 * _WHOLE)
    return share if amount >= 0 else -share


def _spread(total: int, weights: Sequence[int]) -> list[int]:
    """`total` in parts like `weights`, whose sum is at least `total`; no part above its weight."""
    whole = sum(weights)
    if not whole:
        return [0 for _weight in weights]
    parts = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts
