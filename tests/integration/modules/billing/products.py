"""The product that billing tests sell."""

from decimal import Decimal
from functools import cache
from typing import Any

from serai.kit.money import Money
from serai.modules import catalog
from serai.modules.catalog.blueprint import model
from serai.modules.catalog.rating import Tier
from tests.factories import blueprint

_PERIODS = {"monthly": ("month", 1), "yearly": ("year", 1), "weekly": ("week", 1), "daily": ("day", 1)}
_CURRENCIES = ("USD", "EUR", "EGP", "JPY", "KWD")


def _text(name: str) -> model.Text:
    return model.Text(en=name, ar=name)


def _periods(**amounts: int) -> tuple[model.Period, ...]:
    return tuple(
        model.Period(key=key, unit=_PERIODS[key][0], count=_PERIODS[key][1],
                     prices=tuple(Money(amount, currency) for currency in _CURRENCIES))
        for key, amount in amounts.items()
    )  # fmt: skip


def _package(key: str, name: str, periods: tuple[model.Period, ...], **more: Any) -> model.Package:
    first = blueprint().packages[0]
    return model.Package(
        key=key, name=_text(name), summary=_text(name), features=(), resources=first.resources,
        periods=periods, **({"trial_days": 0} | more),
    )  # fmt: skip


@cache
def shop_blueprint() -> catalog.Blueprint:
    """starter 10.00, business 30.00, metered 5.00 + emails, free; the add-on disk 2.50 each."""
    mails = tuple(
        model.Charge(
            meter="emails", model="graduated", currency=currency, included=Decimal(100),
            tiers=(Tier(Decimal(1000), Decimal("0.5")), Tier(None, Decimal("0.2"))),
            package_size=None, minimum=0,
        )
        for currency in _CURRENCIES
    )  # fmt: skip
    return blueprint(
        "shop",
        packages=(
            _package("starter", "Starter", _periods(monthly=1000, yearly=10_000, weekly=300, daily=50), trial_days=14),
            _package("business", "Business", _periods(monthly=3000, yearly=30_000)),
            _package("metered", "Metered", _periods(monthly=500), charges=mails),
            _package("free", "Free", _periods(monthly=0)),
            _package("scarce", "Scarce", _periods(monthly=1000), stock=1),
        ),
        addons=(
            model.AddOn(key="disk", name=_text("Disk"), summary=_text("Disk"), features=(),
                        periods=_periods(monthly=250, yearly=2500), limits={}),
        ),
        meters=(
            model.Meter(key="emails", name=_text("Emails"), aggregation="sum", field=None),
            model.Meter(key="users", name=_text("Users"), aggregation="unique", field="user"),
            model.Meter(key="stored", name=_text("Stored"), aggregation="max", field=None),
        ),
    )  # fmt: skip
