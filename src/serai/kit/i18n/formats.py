"""Numbers, dates, durations, sizes and money as the present locale writes them.

Arabic uses Latin digits (CLDR's `latn`), as business systems in the region mostly do. Dates are
long in Arabic, because medium ones display reversed in right-to-left text.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

from babel import dates, numbers, units
from markupsafe import Markup, escape

from serai.kit import clock
from serai.kit import money as kit_money  # whose messages need this package
from serai.kit.i18n.locales import babel_locale, get_locale

_RIGHT_TO_LEFT_MARK = "\u200f"
_BYTE_UNITS = ("byte", "kilobyte", "megabyte", "gigabyte", "terabyte")
_timezone: ContextVar[tzinfo] = ContextVar("serai_timezone", default=dates.UTC)


@contextmanager
def use_timezone(name: str) -> Iterator[None]:
    """Show times in this IANA zone, e.g. "Africa/Cairo"; LookupError for an unknown one."""
    token = _timezone.set(dates.get_timezone(name))
    try:
        yield
    finally:
        _timezone.reset(token)


def format_number(value: float | Decimal, digits: int | None = None) -> str:
    pattern = None if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
    return numbers.format_decimal(value, format=pattern, locale=babel_locale())


def format_percent(value: float, digits: int = 0) -> str:
    """`value` is a percentage (0-100), not a share."""
    pattern = "#,##0" + ("." + "#" * digits if digits else "") + "%"
    return numbers.format_percent(value / 100, format=pattern, locale=babel_locale())


def format_money(money: "kit_money.Money", *, trim: bool = False) -> Markup:
    """An amount as HTML that keeps its order in right-to-left text; `trim` leaves out ".00"."""
    currency = money.currency
    places = numbers.get_currency_precision(currency)
    amount = money.decimal
    shown = 0 if trim and amount == amount.to_integral_value() else places
    fraction = "." + "0" * shown if shown else ""
    pattern = f"#,##0{fraction} ¤" if get_locale() == "ar" else f"¤#,##0{fraction}"
    text = numbers.format_currency(
        amount, currency, format=pattern, locale=babel_locale(), currency_digits=False
    ).replace(_RIGHT_TO_LEFT_MARK, "")
    return Markup('<bdi dir="ltr">{}</bdi>').format(escape(text))


def format_date(value: date | datetime) -> str:
    if isinstance(value, datetime):
        value = value.astimezone(_timezone.get()).date()
    return dates.format_date(value, format=_length(), locale=babel_locale())


def format_datetime(value: datetime, *, seconds: bool = False) -> str:
    local = value.astimezone(_timezone.get())
    time = "HH:mm:ss" if seconds else "HH:mm"
    day = dates.format_date(local.date(), format=_length(), locale=babel_locale())
    return f"{day} {dates.format_time(local, format=time, locale=babel_locale())}"


def format_relative(value: datetime) -> str:
    """The distance from now: "3 minutes ago", "in 2 days"."""
    return dates.format_timedelta(value - clock.now(), add_direction=True, locale=babel_locale())


def format_duration(value: timedelta | float) -> str:
    """A duration (a number is milliseconds): "340 ms", "1.4 sec", "3 min"."""
    milliseconds = value / timedelta(milliseconds=1) if isinstance(value, timedelta) else value
    for unit, size in (("hour", 3_600_000), ("minute", 60_000), ("second", 1000)):
        if milliseconds >= size:
            amount = milliseconds / size
            return _unit(round(amount, 0 if amount >= 10 else 1), f"duration-{unit}")
    return _unit(round(milliseconds), "duration-millisecond")


def format_bytes(value: float) -> str:
    """Powers of 1000, as disks and networks are sold."""
    step = 0
    while value >= 1000 and step < len(_BYTE_UNITS) - 1:
        value, step = value / 1000, step + 1
    return _unit(round(value, 0 if value >= 10 or not step else 1), f"digital-{_BYTE_UNITS[step]}")


def _unit(amount: float, unit: str) -> str:
    whole = int(amount) if amount == int(amount) else amount
    return units.format_unit(whole, unit, length="short", locale=babel_locale())


def _length() -> str:
    return "long" if get_locale() == "ar" else "medium"
