"""Money is whole minor units of one currency, exactly."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serai.kit.errors import Invalid
from serai.kit.money import LARGEST, Money

DIGITS = {"USD": 2, "EGP": 2, "JPY": 0, "KWD": 3, "EUR": 2}
currencies = st.sampled_from(sorted(DIGITS))
amounts = st.integers(-LARGEST, LARGEST)
small = st.integers(-(10**15), 10**15)


@given(amounts, currencies)
def test_what_is_written_is_read_back_exactly(amount: int, currency: str) -> None:
    money = Money(amount, currency)
    assert Money.parse(str(money.decimal), currency) == money
    assert Money.parse(f"{money.decimal:f}", currency) == money
    assert money.decimal == Decimal(amount) / Decimal(10 ** DIGITS[currency])


@given(small, small, currencies)
def test_sums_are_those_of_the_minor_units(one: int, two: int, currency: str) -> None:
    first, second = Money(one, currency), Money(two, currency)
    assert (first + second).amount == one + two
    assert (first - second).amount == one - two
    assert first + second - second == first
    assert (first * 3).amount == one * 3
    assert (first < second) == (one < two)


@given(st.text(max_size=30), currencies)
def test_no_text_makes_anything_but_money_or_a_clear_refusal(text: str, currency: str) -> None:
    try:
        money = Money.parse(text, currency)
    except Invalid as refused:
        assert refused.message
    else:
        assert type(money.amount) is int


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "1,5",
        "29.001",
        "NaN",
        "-Infinity",
        "1e999999999",
        "1e99",
        "1_000",
        " 29",
        "29 ",
        "9" * 40,
        "0x10",
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        Money.parse(text, "USD")


@pytest.mark.parametrize("operation", ["__add__", "__sub__", "__lt__"])
def test_currencies_are_never_mixed(operation: str) -> None:
    with pytest.raises(Invalid, match="cannot be mixed"):
        getattr(Money(1, "USD"), operation)(Money(1, "EGP"))


@pytest.mark.parametrize("currency", ["", "usd", "XXY", "US", "USDX"])
def test_only_iso_4217_codes_are_currencies(currency: str) -> None:
    with pytest.raises(Invalid, match="ISO 4217"):
        Money(1, currency)


@pytest.mark.parametrize("amount", [1.0, 29.5, Decimal(1), "1", True, None])
def test_an_amount_is_an_integer_and_never_a_float(amount: object) -> None:
    with pytest.raises(TypeError):
        Money(amount, "USD")  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [0.5, Decimal(2)])
def test_money_is_multiplied_by_whole_numbers_only(count: object) -> None:
    with pytest.raises(TypeError):
        Money(100, "USD") * count  # type: ignore[operator]
