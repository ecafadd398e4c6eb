"""What coupons take off an invoice's lines."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serai.kit.errors import Invalid
from serai.modules.catalog.coupon_terms import CouponTerms, discount, share_of

TEN = CouponTerms(bps=1000)
HALF = CouponTerms(bps=5000)


def fixed(amount: int) -> CouponTerms:
    return CouponTerms(amount=amount, currency="USD")


@pytest.mark.parametrize(
    ("amounts", "coupons", "less"),
    [
        ([2900], [TEN], [290]),
        ([2905], [TEN], [291]),  # 290.5, half up
        ([2900, 500], [], [0, 0]),
        ([2900], [fixed(500)], [500]),
        ([300], [fixed(500)], [300]),
        ([1000, 1000, 1000], [fixed(100)], [34, 33, 33]),
        ([100, 300], [fixed(101)], [25, 76]),  # 25.25 and 75.75
        ([1000], [fixed(100), TEN], [200]),  # percent first: 100, then 100
        ([1000], [HALF, TEN], [550]),  # 10 % of what is left
        ([1000, -400, 0], [HALF], [500, 0, 0]),
        ([1000, -400], [fixed(2000)], [1000, 0]),
        ([1000], [CouponTerms(bps=10_000), fixed(5)], [1000]),
    ],
)
def test_worked_examples(amounts: list[int], coupons: list[CouponTerms], less: list[int]) -> None:
    assert discount(amounts, coupons, "USD") == tuple(less)


coupons = st.lists(
    st.one_of(
        st.integers(1, 10_000).map(lambda bps: CouponTerms(bps=bps)), st.integers(1, 100_000).map(fixed)
    ),
    max_size=4,
)
lines = st.lists(st.integers(-50_000, 200_000), max_size=6)


@settings(max_examples=300, deadline=None)
@given(lines, coupons)
def test_no_line_goes_below_zero_and_fixed_amounts_are_given_to_the_last_unit(
    amounts: list[int], given_: list[CouponTerms]
) -> None:
    less = discount(amounts, given_, "USD")
    assert all(0 <= part <= max(amount, 0) for part, amount in zip(less, amounts, strict=True))
    percent = discount(amounts, [each for each in given_ if each.bps is not None], "USD")
    fixed_total = sum(each.amount or 0 for each in given_)
    left = sum(max(amount, 0) for amount in amounts) - sum(percent)
    assert sum(less) == sum(percent) + min(fixed_total, left)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=6), st.integers(1, 10**12))
def test_a_fixed_amount_is_spread_as_the_lines_are(amounts: list[int], amount: int) -> None:
    whole = sum(amounts)
    taken = min(amount, whole)
    for part, line in zip(discount(amounts, [fixed(amount)], "USD"), amounts, strict=True):
        assert abs(part * whole - taken * line) < whole or not whole


def test_another_currency_is_a_mistake() -> None:
    with pytest.raises(Invalid, match="USD"):
        discount([100], [fixed(5)], "EUR")


def test_shares_are_rounded_half_up_away_from_zero() -> None:
    assert [share_of(n, 5000) for n in (1, 2, 3, -1, -3)] == [1, 1, 2, -1, -2]


def test_how_long_a_coupon_lasts() -> None:
    once, thrice = CouponTerms(bps=1), CouponTerms(bps=1, duration="repeating", periods=3)
    forever = CouponTerms(bps=1, duration="forever")
    assert [once.lasts(n) for n in (0, 1)] == [True, False]
    assert [thrice.lasts(n) for n in (2, 3)] == [True, False]
    assert forever.lasts(1000)
