"""Stripe's units, where they are not the currency's (https://docs.stripe.com/currencies)."""

from babel.numbers import get_currency_precision

from serai.drivers.payments import amounts
from serai.kit.money import Money

_ZERO = frozenset(
    {
        "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF",
    }
)  # fmt: skip
_THREE = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
# Written with two decimals for older integrations, of which the last two have to be zero.
_WHOLE_IN_TWO = frozenset({"ISK", "UGX"})


def to_stripe(money: Money) -> int:
    """Currencies of three decimals are charged in tens, whole ones among two in hundreds."""
    step = 10 if money.currency in _THREE else 100 if money.currency in _WHOLE_IN_TWO else 1
    return amounts.scaled(money, _decimals(money.currency), step)


def from_stripe(amount: int, currency: str) -> Money:
    code = currency.upper()
    return amounts.unscaled(amount, _decimals(code), code)


def _decimals(currency: str) -> int:
    if currency in _ZERO:
        return 0
    if currency in _WHOLE_IN_TWO:
        return 2
    return 3 if currency in _THREE else max(2, get_currency_precision(currency))
