"""Tax on amounts: exact sums, whatever the lines."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serai.kit.errors import Invalid
from serai.modules.billing.tax import split

amounts = st.lists(st.integers(-(10**12), 10**12), max_size=30)
rates = st.integers(0, 10_000)


def test_tax_is_that_of_the_sum_and_not_the_sum_of_rounded_taxes() -> None:
    made = split([33, 33, 33], 1000, inclusive=False)
    assert (made.net, made.tax, made.gross) == (99, 10, 109)
    assert made.taxes == (4, 3, 3)


def test_half_a_minor_unit_is_rounded_up_and_for_credits_down() -> None:
    assert split([50], 100, inclusive=False).tax == 1
    assert split([-50], 100, inclusive=False).tax == -1


def test_prices_that_hold_the_tax_keep_their_gross() -> None:
    made = split([11_400, 999], 1400, inclusive=True)
    assert made.gross == 12_399
    assert made.nets == (10_000, 876)
    assert made.taxes == (1_400, 123)


def test_no_lines_bear_no_tax() -> None:
    assert split([], 1900, inclusive=False).gross == 0


@pytest.mark.parametrize("rate", [-1, 10_001])
def test_an_impossible_rate_is_refused(rate: int) -> None:
    with pytest.raises(Invalid, match="basis points"):
        split([1], rate, inclusive=False)


@given(amounts, rates, st.booleans())
def test_sums_are_those_of_the_lines(lines: list[int], rate: int, inclusive: bool) -> None:
    made = split(lines, rate, inclusive=inclusive)
    assert made.net == sum(made.nets)
    assert made.tax == sum(made.taxes)
    assert made.gross == made.net + made.tax
    assert sum(lines) == (made.gross if inclusive else made.net)


@given(amounts, rates, st.booleans())
def test_tax_is_the_exact_one_rounded(lines: list[int], rate: int, inclusive: bool) -> None:
    made = split(lines, rate, inclusive=inclusive)
    share = Fraction(rate, 10_000 + rate if inclusive else 10_000)
    assert abs(made.tax - sum(lines) * share) <= Fraction(1, 2)
    for line, tax in zip(lines, made.taxes, strict=True):
        assert abs(tax - line * share) < 1


@given(amounts, rates, st.booleans())
def test_a_credit_takes_back_exactly_what_was_charged(lines: list[int], rate: int, inclusive: bool) -> None:
    made = split(lines, rate, inclusive=inclusive)
    back = split([-each for each in lines], rate, inclusive=inclusive)
    assert back.nets == tuple(-each for each in made.nets)
    assert back.taxes == tuple(-each for each in made.taxes)
