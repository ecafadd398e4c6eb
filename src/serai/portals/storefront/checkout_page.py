"""All that the checkout shows: the basket, what it costs, and how it can be paid."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from starlette.datastructures import ImmutableMultiDict

from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Session
from serai.kit.i18n import _, pick
from serai.modules import billing
from serai.portals.shared import checkout, offers, offers_charges, offers_special
from serai.portals.shared.access import NoAccount, acting, database, settings
from serai.portals.shared.billing_details import PREFIX, DetailsForm, begun_with, is_bare
from serai.portals.shared.checkout import Basket, Bill
from serai.portals.shared.payment_choice import Offered, Way, offered, ways
from serai.portals.storefront.forms import StartForm


@dataclass(frozen=True, slots=True)
class Checkout:
    """`saves_first`: a trial that needs a way to pay, and none is saved. `from_wallet`: the wallet pays it
    all, before any other way. `details`: the billing details, where they are still to be said."""

    basket: Basket
    bill: Bill
    gateways: list[Offered]
    ways: list[Way]
    saves_first: bool
    from_wallet: bool
    may_pay: bool
    details: DetailsForm | None = None
    charges: list[Any] = field(default_factory=list)
    special: offers_special.Prices = field(default_factory=dict)

    @property
    def needs_way(self) -> bool:
        return self.saves_first or (self.bill.due is not None and not self.from_wallet)


async def sync(request: Request, values: Mapping[str, str]) -> Checkout:
    """Raises NotFound for what is not sold any more, NoAccount."""
    actor = acting(request)
    if actor.account_id is None:
        raise NoAccount(_("You are in no account just now. Choose one, or make one."))
    async with database(request).transaction() as session:
        basket = await checkout.read(session, values)
        bill = await checkout.price(session, actor, basket, values)
        saves_first = await _saves_first(session, actor, basket, bill)
    gateways = await offered(request, basket.currency, saving=saves_first) if bill.due or saves_first else []
    async with database(request).transaction() as session:
        profile = (await billing.profiles.ensure(session, SYSTEM, actor.account_id)).profile
        found = await ways(session, actor, actor.account_id, gateways, due=bill.due)
        special = await offers_special.prices_for(session, actor, basket.product.addons)
        charges = await offers_charges.texts_of(
            session, basket.product.id, [basket.package.id], basket.currency
        )
    from_wallet = profile.use_wallet and any(each.key == "wallet" for each in found)
    may = billing.policy.PROFILE.allows(actor, account_id=actor.account_id)
    asks = bill.due is not None and may and is_bare(profile)
    return Checkout(
        basket, bill, gateways, [each for each in found if each.key == "wallet"] if from_wallet else found,
        saves_first, from_wallet, billing.policy.PAY.allows(actor, account_id=actor.account_id),
        _details(values, begun_with(profile)) if asks else None, charges.get(basket.package.id, []), special,
    )  # fmt: skip


def context(request: Request, shown: Checkout, form: StartForm, values: Mapping[str, str]) -> dict[str, Any]:
    """For the page and its fragments."""
    basket, quote = shown.basket, shown.bill.quote
    choices = checkout.choices_of(basket, shown.special)
    period = basket.period
    form.period.choices, form.currency.choices = (
        choices["periods"],
        [(each, each) for each in choices["currencies"]],
    )
    form.period.flags.required = form.currency.flags.required = True
    form.period.data, form.currency.data = period.key if period else "", basket.currency
    keys = {each.key for each in shown.ways}
    wanted = values.get("way", "")
    return {
        "form": form, "checkout": shown, "bill": shown.bill, "quote": quote, "product": basket.product,
        "package": basket.package, "icon": offers.icon_of(basket.product), "addons": choices["addons"],
        "periods": choices["periods"], "currencies": choices["currencies"],
        "unit": offers.unit_of(period) if period else "",
        "lines": checkout.lines_of(quote.now) if quote else [], "tax": checkout.tax_of(quote.now) if quote else "",
        "features": [pick(each) for each in basket.package.features], "suffix": settings(request).host_of(""),
        "trial": offers.trial_text(basket.package.trial_days) if basket.package.trial_days else "",
        "way": wanted if wanted in keys else next((each.key for each in shown.ways), ""),
        "save": bool(values.get("save")) or "way" not in values, "back": _back(basket),
    }  # fmt: skip


async def _saves_first(session: Session, actor: Actor, basket: Basket, bill: Bill) -> bool:
    if bill.quote is None or bill.quote.trial_until is None or not basket.package.trial_requires_method:
        return False
    return not await billing.payments.methods.has_any(session, actor.account_id or "")


def _details(values: Mapping[str, str], begin: Mapping[str, Any]) -> DetailsForm:
    """With what was typed before, or with what is known."""
    if any(name.startswith(PREFIX) for name in values):
        return DetailsForm(formdata=ImmutableMultiDict(values), prefix=PREFIX)
    return DetailsForm(prefix=PREFIX, data=dict(begin))


def _back(basket: Basket) -> str:
    period = f"&period={basket.period.key}" if basket.period else ""
    return f"/products/{basket.product.slug}?currency={basket.currency}{period}"
