"""/payments/…: how a payment stands, what its payer has to do, and where gateways send them back to."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.errors import SeraiError, Unavailable
from serai.kit.i18n import _, get_locale
from serai.kit.money import Money
from serai.kit.web.security_headers import content_security_policy
from serai.kit.web.sessions import signed_in
from serai.kit.web.templates import flash, render
from serai.modules import billing
from serai.portals.shared.access import acting, database
from serai.portals.shared.paying import leads_to, onwards
from serai.portals.shared.payment_choice import gateways_of
from serai.portals.storefront import payments_receipts

router = APIRouter()
_OPEN = ("pending", "requires_action")


@router.get("/payments/{payment_id}")
async def show(request: Request, payment_id: str, go: str = "") -> Response:
    """Asks for itself again while the payment is open. `go`: straight on to the gateway's page."""
    signed_in(request)
    async with database(request).transaction() as session:
        payment = await billing.payments.paying.find(session, acting(request), payment_id)
        target = await leads_to(session, acting(request), payment) if payment.state == "succeeded" else None
    if target is not None and "hx-request" in request.headers:
        return Response(status_code=200, headers={"HX-Redirect": target})
    context = await _context(request, payment)
    headers = {"Cache-Control": "no-store"}
    if context["client"]:
        headers["Content-Security-Policy"] = _policy_with(context["sources"])
    return render(
        request, "storefront/payment.html", headers=headers, payment=payment, target=target,
        go=bool(go) and payment.state in _OPEN and bool(payment.redirect_url), **context,
    )  # fmt: skip


@router.get("/payments/{payment_id}/return")
async def come_back(request: Request, payment_id: str) -> Response:
    """Where gateways send payers: what they say in the address is not believed, the gateway is asked."""
    signed_in(request)
    async with database(request).transaction() as session:
        payment = await billing.payments.paying.find(session, acting(request), payment_id)
    if not billing.policy.PAY.allows(acting(request), account_id=payment.account_id):
        return RedirectResponse(f"/payments/{payment_id}", status_code=303)  # asking may be what charges
    try:
        payment = await billing.payments.paying.sync(gateways_of(request), payment_id)
    except SeraiError:  # nobody knows yet; the worker asks again
        return RedirectResponse(f"/payments/{payment_id}", status_code=303)
    where = await onwards(request, payment) if payment.state == "succeeded" else f"/payments/{payment_id}"
    return RedirectResponse(where, status_code=303)


@router.post("/payments/{payment_id}/cancel")
async def cancel(request: Request, payment_id: str) -> Response:
    signed_in(request)
    response = RedirectResponse(f"/payments/{payment_id}", status_code=303)
    try:
        await billing.payments.paying.cancel(gateways_of(request), acting(request), payment_id)
    except Unavailable as error:
        flash(response, error.message, "danger")
    return response


@router.post("/payments/{payment_id}/receipt")
async def add_receipt(request: Request, payment_id: str) -> Response:
    """A picture or PDF of the transfer, or its number."""
    signed_in(request)
    async with database(request).transaction() as session:
        payment = await billing.payments.paying.find(session, acting(request), payment_id)
        billing.policy.PAY.require(acting(request), account_id=payment.account_id)
    response = RedirectResponse(f"/payments/{payment_id}", status_code=303)
    try:
        await payments_receipts.take(request, payment)
        flash(response, _("Thank you. We look at it and tell you as soon as the money has arrived."))
    except SeraiError as error:
        flash(response, error.message, "danger")
    return response


async def _context(request: Request, payment: billing.payments.Payment) -> dict[str, Any]:
    """What the page shows beside the payment itself."""
    gateways, features, receipts = gateways_of(request), None, []
    instructions = payment.details.get("instructions") or {}
    try:
        gateway = await gateways.get(payment.gateway, even_off=True)
        features = gateway.features
        if features.approval and payment.reference:
            receipts = await payments_receipts.of(gateway, payment)
            # From its own notes, no network; in the order a payer needs them, which JSON does not keep.
            instructions = (await gateway.sync(payment.id, payment.reference)).instructions
    except SeraiError:  # it is gone from here; what is known of the payment is shown all the same
        pass
    actor = acting(request)
    client = payment.details.get("client") or {}
    return {
        "gateway": gateways.name_of(payment.gateway), "money": Money(payment.amount, payment.currency),
        "instructions": instructions, "receipts": receipts,
        "is_open": payment.state in _OPEN, "approval": features is not None and features.approval,
        "may_pay": billing.policy.PAY.allows(actor, account_id=payment.account_id),
        "client": _card_fields(request, payment, client) if payment.state == "requires_action" else {},
        "sources": features.content_sources if features else (), "again": _again(payment),
        "accepted": payments_receipts.ACCEPTED,
    }  # fmt: skip


def _card_fields(request: Request, payment: billing.payments.Payment, client: dict[str, str]) -> dict[str, str]:
    """For assets/src/card-fields.js, as data attributes."""
    if "client_secret" not in client:
        return {}
    public = gateways_of(request).public_url
    return {
        "data-card-fields": "setup" if payment.purpose == "save_method" else "payment",
        "data-key": client.get("publishable_key", ""), "data-secret": client["client_secret"],
        "data-method": client.get("payment_method", ""), "data-locale": get_locale(),
        "data-return": f"{public}/payments/{payment.id}/return",
    }  # fmt: skip


def _policy_with(sources: tuple[str, ...]) -> str:
    """For the one page that loads the gateway's card fields."""
    return content_security_policy(dict.fromkeys(("script-src", "frame-src", "connect-src"), sources))


def _again(payment: billing.payments.Payment) -> str:
    """Where another way to pay the same is chosen."""
    if payment.invoice_id:
        return f"/console/billing/invoices/{payment.invoice_id}/pay"
    if payment.purpose == "top_up":
        return "/console/billing/wallet"
    is_order = payment.return_path.startswith("/start?")
    return payment.return_path if is_order else "/console/billing/methods"
