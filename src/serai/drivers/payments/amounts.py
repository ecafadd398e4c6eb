"""Between our minor units and what vendors want: other exponents, or decimals in text."""

from decimal import Decimal, InvalidOperation

from babel.numbers import get_currency_precision

from serai.kit.errors import Invalid, Unavailable
from serai.kit.i18n import _
from serai.kit.money import Money


def scaled(money: Money, decimals: int, step: int = 1) -> int:
    """Units of 10^-decimals, in steps of `step`. Raises Invalid for what the vendor cannot express."""
    value = money.decimal.scaleb(decimals)
    if value != value.to_integral_value() or int(value) % step:
        raise Invalid(
            _("%(amount)s %(currency)s is finer than this gateway can charge; round the amount.",
              amount=written(money), currency=money.currency)
        )  # fmt: skip
    return int(value)


def unscaled(value: int, decimals: int, currency: str) -> Money:
    return _money(Decimal(value).scaleb(-decimals), currency)


def written(money: Money, decimals: int | None = None) -> str:
    """`29.00`, `2900`, `2.900`: as many decimals as the currency has, or as the vendor says."""
    if decimals is not None:
        scaled(money, decimals)
    places = get_currency_precision(money.currency) if decimals is None else decimals
    return f"{money.decimal:.{places}f}"


def read(value: object, currency: str) -> Money:
    """A vendor's decimal, text or number. Raises Unavailable: what nobody can read proves nothing."""
    try:
        return _money(Decimal(str(value)), currency)
    except InvalidOperation as error:
        raise Unavailable(_("The gateway answered with an amount that cannot be read.")) from error


def supported(money: Money, currencies: frozenset[str] | None) -> None:
    if currencies is not None and money.currency not in currencies:
        raise Invalid(
            _("This gateway takes no %(currency)s; it takes %(known)s.", currency=money.currency,
              known=", ".join(sorted(currencies)))
        )  # fmt: skip


def chargeable(money: Money) -> None:
    if money.amount <= 0:
        raise Invalid(_("An amount to pay is larger than zero."))


def _money(value: Decimal, currency: str) -> Money:
    minor = value.scaleb(get_currency_precision(currency))
    if not minor.is_finite() or minor != minor.to_integral_value():
        raise Unavailable(_("The gateway answered with an amount that cannot be read."))
    try:
        return Money(int(minor), currency)
    except Invalid as error:
        raise Unavailable(_("The gateway answered with an amount that cannot be read.")) from error
