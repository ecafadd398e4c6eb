"""Packages and prices as the storefront shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from serai.kit.db import Session
from serai.kit.errors import NotFound
from serai.kit.i18n import _, ngettext, pick
from serai.kit.money import Money
from serai.modules import catalog
from serai.portals.ui.assets import icon_names

_PREFERRED = "USD"


@dataclass(frozen=True, slots=True)
class Card:
    """A product in the list; `price` is its lowest for its shortest period, `unit` says which."""

    product: catalog.ProductView
    icon: str
    price: Money | None
    unit: str
    trial_days: int


def icon_of(product: catalog.ProductView) -> str:
    """Blueprints may name any icon; the sprite has only some."""
    return product.icon if product.icon in icon_names() else "box"


def card(product: catalog.ProductView) -> Card:
    currency = choose_currency(currencies(product), "")
    offered = [
        (period.prices[currency], period)
        for package in product.packages
        for period in package.periods
        if currency in period.prices
    ]
    price, period = min(offered, key=lambda each: (_length(each[1]), each[0].amount), default=(None, None))
    trial = max((package.trial_days for package in product.packages), default=0)
    return Card(product, icon_of(product), price, unit_of(period) if period else "", trial)


async def product_called(session: Session, slug: str, *, hidden: bool = False) -> catalog.ProductView:
    """`hidden`: also with what is sold by link only."""
    try:
        return await catalog.get_product(session, slug, hidden=hidden)
    except catalog.ProductNotFound as error:
        message = _("There is no product called %(name)s here.", name=slug)
        raise NotFound(message, code=error.code) from error


def package_called(product: catalog.ProductView, key: str) -> catalog.PackageView:
    """The package or bundle, or the first one when none was named."""
    for package in (*product.packages, *product.bundles):
        if key in {"", package.key}:
            return package
    raise NotFound(_("%(product)s has no such package any more.", product=pick(product.name)))


def currencies(product: catalog.ProductView) -> list[str]:
    found = {
        currency for package in product.packages for period in package.periods for currency in period.prices
    }
    return sorted(found)


def choose_currency(offered: Sequence[str], wanted: str) -> str:
    for each in (wanted.upper(), _PREFERRED):
        if each in offered:
            return each
    return offered[0] if offered else _PREFERRED


def choose_period(offered: Sequence[tuple[str, str]], wanted: str) -> str:
    keys = [key for key, _label in offered]
    return wanted if wanted in keys else next(iter(keys), "")


def periods(product: catalog.ProductView) -> list[tuple[str, str]]:
    """(key, label) of all packages' periods, the shortest first."""
    found = {period.key: period for package in product.packages for period in package.periods}
    return [(each.key, label_of(each)) for each in sorted(found.values(), key=_length)]


def packages(
    product: catalog.ProductView,
    currency: str,
    *,
    special: Mapping[tuple[str, str, str], Money] | None = None,
    charges: Mapping[str, Sequence[Markup]] | None = None,
) -> list[dict[str, Any]]:
    """As `ui.packages` takes them. `special`: what this account pays instead; `charges`: what use costs."""
    special, charges = special or {}, charges or {}
    return [
        {
            "name": pick(package.name),
            "text": pick(package.summary),
            "features": [*_trial(package), *(pick(each) for each in package.features)],
            "href": f"/start?product={product.slug}&package={package.key}&currency={currency}",
            "action": _("Start with %(name)s", name=pick(package.name)),
            "sold_out": package.stock == 0,
            "notes": list(charges.get(package.id, ())),
            "before": {
                period.key: period.prices[currency]
                for period in package.periods
                if (package.id, period.key, currency) in special
            },
            "prices": _prices(product, package, currency, special),
        }
        for package in (*product.packages, *product.bundles)
    ]  # fmt: skip


def most_offered(product: catalog.ProductView) -> str:
    """The period that most packages are sold for, the shortest of such."""
    found = [period for package in product.packages for period in package.periods]
    counted = {each.key: (sum(other.key == each.key for other in found), -_length(each)) for each in found}
    return max(counted, key=lambda key: counted[key], default="")


def addons(
    product: catalog.ProductView, currency: str, special: Mapping[tuple[str, str, str], Money] | None = None
) -> list[dict[str, Any]]:
    """What can be had on top, with its prices by period."""
    special = special or {}
    return [
        {
            "key": each.key, "name": pick(each.name), "text": pick(each.summary), "sold_out": each.stock == 0,
            "prices": {
                period.key: (special.get((each.id, period.key, currency), period.prices[currency]), unit_of(period))
                for period in each.periods
                if currency in period.prices
            },
        }
        for each in product.addons
    ]  # fmt: skip


def label_of(period: catalog.PeriodView | catalog.PriceView) -> str:
    match catalog.same_period(period.unit, period.count):
        case "day", 1:
            return _("Daily")
        case "week", 1:
            return _("Weekly")
        case "month", 1:
            return _("Monthly")
        case "month", 3:
            return _("Quarterly")
        case "year", 1:
            return _("Yearly")
        case "day", count:
            return ngettext("Every %(num)s day", "Every %(num)s days", count)
        case "week", count:
            return ngettext("Every %(num)s week", "Every %(num)s weeks", count)
        case "year", count:
            return ngettext("Every %(num)s year", "Every %(num)s years", count)
        case _, count:
            return ngettext("Every %(num)s month", "Every %(num)s months", count)


def unit_of(period: catalog.PeriodView | catalog.PriceView) -> str:
    """What stands beside a price."""
    match catalog.same_period(period.unit, period.count):
        case "day", 1:
            return _("per day")
        case "week", 1:
            return _("per week")
        case "month", 1:
            return _("per month")
        case "month", 3:
            return _("per quarter")
        case "year", 1:
            return _("per year")
        case "day", count:
            return ngettext("every %(num)s day", "every %(num)s days", count)
        case "week", count:
            return ngettext("every %(num)s week", "every %(num)s weeks", count)
        case "year", count:
            return ngettext("every %(num)s year", "every %(num)s years", count)
        case _, count:
            return ngettext("every %(num)s month", "every %(num)s months", count)


def trial_text(days: int) -> str:
    return ngettext("%(num)s day free to try", "%(num)s days free to try", days)


def _trial(package: catalog.PackageView) -> list[str]:
    return [trial_text(package.trial_days)] if package.trial_days else []


def _prices(
    product: catalog.ProductView, package: catalog.PackageView, currency: str,
    special: Mapping[tuple[str, str, str], Money],
) -> dict[str, tuple[Money, str]]:  # fmt: skip
    """For every period of the product; what is not sold for one shows its own first one there."""
    own = {
        period.key: (
            special.get((package.id, period.key, currency), period.prices[currency]),
            unit_of(period),
        )
        for period in package.periods
        if currency in period.prices
    }
    first = next(iter(own.values()), None)
    keys = [key for key, _label in periods(product)]
    return {key: price for key in keys if (price := own.get(key, first)) is not None}


def _length(period: catalog.PeriodView) -> float:
    return catalog.period_length(period.unit, period.count)
