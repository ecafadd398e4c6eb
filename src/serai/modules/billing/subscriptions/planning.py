"""From what a customer chooses to a plan: packages, periods and add-ons with the prices of now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from serai.kit import ids
from serai.kit.db import Session
from serai.kit.errors import Invalid
from serai.kit.i18n import _, pick
from serai.modules import catalog
from serai.modules.billing.subscriptions.state import Item, Plan

_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Choice:
    """`package` and `addons` by key; `period`: None for the package's first. `quantity`: of the package."""

    product: str
    package: str | None = None
    period: str | None = None
    currency: str | None = None
    quantity: int = 1
    addons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chosen:
    product: catalog.ProductView
    package: catalog.PackageView
    period: str
    currency: str
    plan: Plan


Found = tuple[catalog.ProductView, catalog.PackageView]


async def choose(
    session: Session, choice: Choice, at: datetime, *, currency: str = "USD", found: Found | None = None
) -> Chosen:
    """`currency` is the one to prefer, `found` the product and package where the caller has them already.
    Raises Invalid with fields for what is not sold like that."""
    product, package = found or await catalog.get_package(session, choice.product, choice.package)
    period = _period(package, choice.period)
    chosen_currency = _currency(period, choice.currency, currency)
    wanted = [(package, choice.quantity), *_addons(product, choice.addons)]
    prices = await catalog.current_prices(session, [each.id for each, _quantity in wanted], at)
    items = tuple(
        _item(each, quantity, prices.get((each.id, period.key, chosen_currency)), period.key, chosen_currency)
        for each, quantity in wanted
    )
    return Chosen(
        product, package, period.key, chosen_currency, Plan(items=items, unit=period.unit, count=period.count)
    )


def carried_over(new: Plan, old: Plan) -> Plan:
    """Items that stay as they are keep their price and what was charged for them: a change of one thing
    does not raise the price of another."""
    kept = {(item.package_id, item.quantity): item for item in old.items} if _same_period(new, old) else {}
    items = tuple(kept.get((item.package_id, item.quantity), item) for item in new.items)
    return msgspec.structs.replace(new, items=items)


def _same_period(one: Plan, other: Plan) -> bool:
    return (one.unit, one.count) == (other.unit, other.count)


def _period(package: catalog.PackageView, key: str | None) -> catalog.PeriodView:
    period = next(iter(package.periods), None) if key is None else package.period(key)
    if period is None:
        offered = ", ".join(each.key for each in package.periods) or _("none")
        message = _("%(package)s is not sold for this period; choose one of %(offered)s.",
                    package=pick(package.name), offered=offered)  # fmt: skip
        raise Invalid(message, fields={"period": message})
    return period


def _currency(period: catalog.PeriodView, wanted: str | None, preferred: str) -> str:
    offered = sorted(period.prices)
    if wanted is not None and wanted not in offered:
        message = _("It is not sold in %(currency)s; choose one of %(offered)s.",
                    currency=wanted, offered=", ".join(offered))  # fmt: skip
        raise Invalid(message, fields={"currency": message})
    return wanted or (preferred if preferred in offered else offered[0])


def _addons(
    product: catalog.ProductView, wanted: Mapping[str, int]
) -> Sequence[tuple[catalog.PackageView, int]]:
    known = {each.key: each for each in product.addons}
    for key in wanted:
        if key not in known:
            message = _("There is no add-on %(name)s for this product.", name=key)
            raise Invalid(message, fields={"addons": message})
    return [(known[key], quantity) for key, quantity in sorted(wanted.items()) if quantity]


def _item(
    package: catalog.PackageView, quantity: int, price: catalog.PriceView | None, period: str, currency: str
) -> Item:
    if not 1 <= quantity <= _MOST:
        message = _("A quantity is between 1 and %(most)s.", most=_MOST)
        raise Invalid(message, fields={"quantity": message})
    if price is None:
        message = _("%(package)s is not sold %(period)s in %(currency)s.",
                    package=pick(package.name), period=period, currency=currency)  # fmt: skip
        raise Invalid(message, fields={"addons": message})
    return Item(
        id=ids.new("item"), kind=package.kind, price_id=price.id, package_id=package.id,
        package=package.key, product_id=package.product_id, quantity=quantity,
        unit_amount=price.amount.amount,
    )  # fmt: skip
