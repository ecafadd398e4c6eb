"""Packages and prices as the storefront shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from serai.kit.db import Session
from serai.kit.errors import NotFound
from serai.kit.i18n import _, ngettext, pick
from serai.kit.money import Money
from serai.modules import catalog
from serai.portals.ui.assets import icon_names

_PREFERRED = "USD"


@dataclass(frozen=True, slots=True)
class Card:
    """A product in the list; `price` is its lowest for one month, with what period it is of."""

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
        (period.prices[currency], period.months)
        for package in product.packages
        for period in package.periods
        if currency in period.prices
    ]
    price, months = min(offered, key=lambda each: (each[1], each[0].amount), default=(None, 1))
    trial = max((package.trial_days for package in product.packages), default=0)
    return Card(product, icon_of(product), price, unit_of(months), trial)


async def product_called(session: Session, slug: str) -> catalog.ProductView:
    try:
        return await catalog.get_product(session, slug)
    except catalog.ProductNotFound as error:
        message = _("There is no product called %(name)s here.", name=slug)
        raise NotFound(message, code=error.code) from error


def package_called(product: catalog.ProductView, key: str) -> catalog.PackageView:
    """The package, or the first one when none was named."""
    for package in product.packages:
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
    months = {period.key: period.months for package in product.packages for period in package.periods}
    return [(key, label_of(months[key])) for key in sorted(months, key=lambda key: months[key])]


def packages(product: catalog.ProductView, currency: str) -> list[dict[str, Any]]:
    """As `ui.packages` takes them."""
    return [
        {
            "name": pick(package.name),
            "text": pick(package.summary),
            "features": [*_trial(package), *(pick(each) for each in package.features)],
            "href": f"/start?product={product.slug}&package={package.key}&currency={currency}",
            "action": _("Start with %(name)s", name=pick(package.name)),
            "prices": {
                period.key: (period.prices[currency], unit_of(period.months))
                for period in package.periods
                if currency in period.prices
            },
        }
        for package in product.packages
    ]


def label_of(months: int) -> str:
    known = {1: _("Monthly"), 3: _("Quarterly"), 12: _("Yearly")}
    return known.get(months) or ngettext("Every %(num)s month", "Every %(num)s months", months)


def unit_of(months: int) -> str:
    known = {1: _("per month"), 3: _("per quarter"), 12: _("per year")}
    return known.get(months) or ngettext("for %(num)s month", "for %(num)s months", months)


def trial_text(days: int) -> str:
    return ngettext("%(num)s day free to try", "%(num)s days free to try", days)


def _trial(package: catalog.PackageView) -> list[str]:
    return [trial_text(package.trial_days)] if package.trial_days else []
