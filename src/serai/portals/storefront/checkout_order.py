"""Place what is in the basket: launch it, or lead to its payment first."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Invalid, SeraiError
from serai.kit.i18n import _
from serai.modules import billing, launches
from serai.portals.shared.access import acting, database
from serai.portals.shared.checkout import ADDON
from serai.portals.shared.paying import begin, charge
from serai.portals.shared.payment_choice import intent_of, saves
from serai.portals.storefront.checkout_page import Checkout
from serai.portals.storefront.forms import StartForm

_FRESH = timedelta(minutes=15)
_KEPT = ("product", "package", "period", "currency", "name", "language", "coupon")


async def place(request: Request, form: StartForm, shown: Checkout, values: Mapping[str, str]) -> Response:
    """All or nothing. Raises what ordering and paying raise; then nothing was ordered."""
    _require_details(shown)
    if shown.saves_first:
        return await _save_first(request, form, shown, values)
    actor, platform = acting(request), request.app.state.platform
    basket, payment = shown.basket, None
    order = launches.Order(
        basket.product.slug, basket.package.key, form.name.data or "", email=actor.name,
        period=basket.period.key if basket.period else None, language=form.language.data,
        currency=basket.currency or None, addons=basket.addons, codes=basket.codes,
    )  # fmt: skip
    async with database(request).transaction() as session:
        if shown.details is not None:
            await _keep_details(session, actor, shown)
        made = await launches.place(session, actor, platform.settings, platform.vault, order)
        if made.to_pay is not None:
            payment = await _pay(session, actor, made, shown, values)
    if payment is not None:
        return await charge(request, payment.id)
    assert made.operation is not None
    return RedirectResponse(f"/console/operations/{made.operation.id}", status_code=303)


async def was_just_saved(request: Request, payment_id: str) -> bool:
    """The order of this very address waited for a way to pay, which was saved minutes ago."""
    try:
        async with database(request).transaction() as session:
            payment = await billing.payments.paying.find(session, acting(request), payment_id)
    except SeraiError:
        return False
    here = f"{request.url.path}?{request.url.query}"
    return (
        payment.purpose == "save_method" and payment.state == "succeeded"
        and payment.settled_at is not None and clock.now() - payment.settled_at < _FRESH
        and here == f"{payment.return_path}&saved={payment.id}"
    )  # fmt: skip


async def _pay(
    session: Session, actor: Actor, made: launches.Launched, shown: Checkout, values: Mapping[str, str]
) -> billing.payments.Payment:
    assert made.to_pay is not None
    chosen = values.get("way", "")
    keep = bool(values.get("save")) and saves(chosen, shown.gateways)
    intent = intent_of(chosen, save=keep, return_path=f"/console/systems/{made.launch.id}")
    return await billing.payments.paying.pay_invoice(session, actor, made.to_pay.id, intent)


async def _save_first(
    request: Request, form: StartForm, shown: Checkout, values: Mapping[str, str]
) -> Response:
    """The way to pay, and then the order: it is placed when the payer comes back (see `was_just_saved`)."""
    chosen, account_id = values.get("way", ""), acting(request).account_id or ""
    if not saves(chosen, shown.gateways):
        text = _("Choose how you would pay after the trial.")
        raise Invalid(text, fields={"way": text})
    kept = {name: value for name in _KEPT if (value := values.get(name))}
    kept |= {f"{ADDON}{key}": str(quantity) for key, quantity in shown.basket.addons.items()}
    intent = intent_of(chosen, save=True, return_path=f"/start?{urlencode(kept)}")

    async def work(session: Session, actor: Actor) -> billing.payments.Payment:
        launches.policy.CREATE.require(actor, account_id=account_id)
        await launches.check_name(session, form.name.data or "")
        return await billing.payments.paying.save_method(
            session, actor, account_id, shown.basket.currency, intent
        )

    return await begin(request, work)


async def _keep_details(session: Session, actor: Actor, shown: Checkout) -> None:
    assert shown.details is not None
    assert actor.account_id is not None
    await billing.profiles.change(session, actor, actor.account_id, shown.details.changes())


def _require_details(shown: Checkout) -> None:
    """The fields themselves say what is missing."""
    if shown.details is not None and not shown.details.validate():
        raise Invalid(_("Say who the invoice is for."))
