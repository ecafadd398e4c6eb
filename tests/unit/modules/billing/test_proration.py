"""Parts of a period always add up to what was charged."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from serai.modules.billing.subscriptions import proration

START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)


def left(at: datetime, by: str = "second", zone: str = "UTC") -> Fraction:
    return proration.share_left(START, END, at, by=by, time_zone=zone)


def test_by_second_by_day_and_not_at_all():
    at = START + timedelta(days=10, hours=12)
    assert left(at) == Fraction(41, 62)
    assert left(at, "day") == Fraction(21, 31)
    assert left(at, "none") == 0


def test_before_the_start_all_is_left_and_after_the_end_nothing():
    assert left(START - timedelta(days=1)) == 1
    assert left(END) == 0


def test_halves_are_rounded_away_from_zero():
    assert [proration.round_half_up(Fraction(n, 2)) for n in (1, -1, 3, -3)] == [1, -1, 2, -2]


@given(st.integers(0, 10**9), st.lists(st.integers(0, 31 * 86_400), max_size=20))
def test_what_is_used_and_what_is_left_is_what_was_charged_however_often_it_is_cut(charged, cuts):
    """Cut again and again: each time what is left goes on as a new charge."""
    used, rest, begin = 0, charged, START
    for seconds in sorted(cuts):
        at = START + timedelta(seconds=seconds)
        share = proration.share_left(begin, END, at, by="second", time_zone="UTC")
        kept = proration.of(rest, share)
        used, rest, begin = used + rest - kept, kept, at
    assert used + rest == charged
    assert rest >= 0
