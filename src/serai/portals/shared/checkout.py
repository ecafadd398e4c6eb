"""What is in the basket, and what it costs: read from the checkout's form, priced as an invoice would be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from serai.kit import clock
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Session
from serai.kit.errors import SeraiError
from serai.kit.i18n import pick
from serai.kit.money import Money
from serai.modules import billing, catalog
from serai.portals.shared import billing_details, offers, offers_special

ADDON = "addon_"
_MOST_CODES, _MOST_OF_ONE = 5, 1000


@dataclass(frozen=True, slots=True)
class Basket:
    """`period`: None for what has no price at all."""

    product: catalog.ProductView
    package: catalog.PackageView
    period: catalog.PeriodView | None
    currency: str
    addons: Mapping[str, int]
    codes: tuple[str, ...]

    @property
    def choice(self) -> billing.subscriptions.Choice:
        period = self.period.key if self.period else None
        return billing.subscriptions.Choice(self.product.slug, self.package.key, period, self.currency or None, addons=self.addons)


@dataclass(frozen=True, slots=True)
class Bill:
    """`coupon_error`: why the codes count for nothing; `error`: why nothing can be priced at all."""

    quote: billing.subscriptions.Quote | None = None
    coupon_error: str = ""
    error: str = ""

    @property
    def due(self) -> Money | None:
        """What is charged at once; None when that is nothing."""
        if self.quote is None or self.quote.trial_until is not None or not self.quote.now.total:
            return None
        return self.quote.now.due

    def money(self, amount: int) -> Money:
        assert self.quote is not None
        return Money(amount, self.quote.now.currency)

    @property
    def later(self) -> Money | None:
        """What a whole period costs afterwards, where that is anything."""
        return self.quote.later.due if self.quote and self.quote.later.total else None


async def read(session: Session, values: Mapping[str, str]) -> Basket:
    """Raises NotFound for a product or package that is not sold any more."""
    key = values.get("package", "")
    product = await offers.product_called(session, values.get("product", ""), hidden=bool(key))
    package = offers.package_called(product, key)
    period = package.period(values.get("period", "")) or next(iter(package.periods), None)
    offered = sorted(period.prices) if period else []
    currency = offers.choose_currency(offered, values.get("currency", "")) if offered else ""
    codes = [code for code in re.split(r"[\s,;]+", values.get("coupon", "").strip().upper()) if code]
    sold = {each.key for each in addons_for(product, period, currency)}
    addons = {
        name.removeprefix(ADDON): quantity
        for name, text in values.items()
        if name.startswith(ADDON) and (quantity := _quantity(text)) and name.removeprefix(ADDON) in sold
    }
    return Basket(product, package, period, currency, addons, tuple(dict.fromkeys(codes))[:_MOST_CODES])


def addons_for(
    product: catalog.ProductView, period: catalog.PeriodView | None, currency: str
) -> list[catalog.PackageView]:
    """Those that are sold for the same period and currency."""
    key = period.key if period else ""
    return [each for each in product.addons if (found := each.period(key)) and currency in found.prices]


async def price(session: Session, actor: Actor, basket: Basket, typed: Mapping[str, str]) -> Bill:
    """`typed`: billing details that are in the form but not saved yet, for the tax. A coupon that does not
    count is left out and said."""
    if basket.period is None or actor.account_id is None:
        return Bill()
    by = billing_details.as_if(await billing.profiles.ensure(session, SYSTEM, actor.account_id), typed)
    at = clock.now()
    try:
        chosen = await billing.subscriptions.choose(session, basket.choice, at)
    except SeraiError as error:
        return Bill(error=error.message)
    try:
        found = await billing.subscriptions.quote(session, actor, by, chosen, basket.codes, at)
        return Bill(found)
    except (catalog.CouponRefused, catalog.CouponNotFound, catalog.CouponExhausted) as error:
        refused = error.message
    return Bill(await billing.subscriptions.quote(session, actor, by, chosen, (), at), coupon_error=refused)


def lines_of(totals: billing.subscriptions.Totals) -> list[dict[str, Any]]:
    """As the summary shows them."""
    return [_line(line, totals.currency) for line in totals.lines]


def tax_of(totals: billing.subscriptions.Totals) -> str:
    return billing.tax.reason_text(totals.reason)


def choices_of(basket: Basket, special: offers_special.Prices) -> dict[str, Any]:
    """What the form offers. `special`: what the account pays instead of the list's price."""
    period = basket.period
    return {
        "periods": [(each.key, offers.label_of(each)) for each in basket.package.periods],
        "currencies": sorted(period.prices) if period else [],
        "addons": [
            {
                "name": f"{ADDON}{each.key}", "label": pick(each.name), "quantity": basket.addons.get(each.key, 0),
                "price": special.get((each.id, found.key, basket.currency), found.prices[basket.currency]), "unit": offers.unit_of(found),
                "text": pick(each.summary), "sold_out": each.stock == 0,
            }
            for each in addons_for(basket.product, period, basket.currency)
            if period and (found := each.period(period.key))
        ],
    }  # fmt: skip


def _line(line: billing.invoices.LineDraft, currency: str) -> dict[str, Any]:
    return {
        "text": billing.invoices.wording(line.text), "quantity": line.quantity, "amount": Money(line.gross, currency),
        "discount": Money(-line.discount, currency) if line.discount else None,
    }  # fmt: skip


def _quantity(text: str) -> int:
    text = text.strip()
    return min(int(text), _MOST_OF_ONE) if text.isascii() and text.isdigit() and len(text) < 8 else 0
