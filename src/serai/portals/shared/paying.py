"""Begin a payment in a transaction, ask the gateway outside of it, and lead the payer on."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import SeraiError, Unavailable
from serai.modules import billing, launches, operations
from serai.portals.shared.access import acting, database, settings
from serai.portals.shared.payment_choice import gateways_of

Work = Callable[[Session, Actor], Awaitable[billing.payments.Payment]]


async def begin(request: Request, work: Work) -> Response:
    """`work` makes the payment. Raises what it raises; then nothing was begun."""
    async with database(request).transaction() as session:
        payment = await work(session, acting(request))
    return await charge(request, payment.id)


async def charge(request: Request, payment_id: str) -> Response:
    """Ask the gateway, and go where the payer goes on. Nobody knows how it stands: the page tells that,
    and the worker asks again."""
    try:
        payment = await billing.payments.paying.start(gateways_of(request), payment_id)
    except Unavailable:
        return RedirectResponse(f"/payments/{payment_id}", status_code=303)
    return RedirectResponse(await onwards(request, payment), status_code=303)


async def pay_invoice(request: Request, invoice_id: str, intent: billing.payments.PaymentIntent) -> Response:
    """Another way than the one that is under way gives that one up first: nobody pays twice."""
    async with database(request).transaction() as session:
        invoice = await billing.invoice_documents.find(session, acting(request), invoice_id)
        billing.policy.PAY.require(acting(request), account_id=invoice.account_id)
        other = await billing.payments.reading.under_way(session, acting(request), invoice)
    if other is not None and (other.gateway, other.method_id) != (intent.gateway, intent.method_id):
        done = await _give_up(request, other)
        if done is not None:
            return done
    return await begin(
        request, lambda session, actor: billing.payments.paying.pay_invoice(session, actor, invoice_id, intent)
    )


async def _give_up(request: Request, other: billing.payments.Payment) -> Response | None:
    """An answer when it cannot be given up, or has succeeded in the meantime."""
    try:
        ended = await billing.payments.paying.cancel(gateways_of(request), acting(request), other.id)
    except SeraiError:
        ended = other
    if ended.state in {"failed", "cancelled"}:
        return None
    return RedirectResponse(f"/payments/{other.id}", status_code=303)


async def onwards(request: Request, payment: billing.payments.Payment) -> str:
    """Where a payment that was just asked about leads. A page of somebody else's is opened by our own:
    the policy lets no form of ours lead to another host."""
    if payment.state == "succeeded":
        async with database(request).transaction() as session:
            return await leads_to(session, acting(request), payment) or f"/payments/{payment.id}"
    if payment.state in {"pending", "requires_action"} and payment.redirect_url:
        own = _own_path(request, payment.redirect_url)
        return own or f"/payments/{payment.id}?go=1"
    return f"/payments/{payment.id}"


async def leads_to(session: Session, actor: Actor, payment: billing.payments.Payment) -> str | None:
    """Where a succeeded payment ends: the launch it paid for, or where the payer came from. None while the
    launch it paid for has not begun."""
    if payment.invoice_id is None:
        separator = "&" if "?" in payment.return_path else "?"
        is_order = payment.purpose == "save_method" and payment.return_path.startswith("/start?")
        return f"{payment.return_path}{separator}saved={payment.id}" if is_order else payment.return_path
    invoice = await billing.invoice_documents.find(session, actor, payment.invoice_id)
    if invoice.reason == "order":
        return await _launch_of(session, actor, invoice)
    return f"/console/billing/invoices/{invoice.id}"


async def _launch_of(session: Session, actor: Actor, invoice: billing.invoices.Invoice) -> str | None:
    may_see = launches.policy.READ.allows(actor, account_id=actor.account_id)
    detail = await billing.invoices.reading.detail(session, actor, invoice.id)
    for subscription_id in detail.subscriptions:
        state = await billing.subscriptions.find(session, actor, subscription_id)
        if state.launch_id and may_see:
            return await operation_of(session, actor, state.launch_id)
    return f"/console/billing/invoices/{invoice.id}"


async def operation_of(session: Session, actor: Actor, launch_id: str) -> str | None:
    """The newest operation on a system, or None while nothing has begun."""
    launch = await launches.find(session, actor, launch_id)
    if launch.state == "awaiting_payment":
        return None
    found = await operations.page(session, actor, subject=launch_id, limit=1)
    if found and not found[0].is_final:
        return f"/console/operations/{found[0].id}"
    return f"/console/systems/{launch_id}"


def _own_path(request: Request, url: str) -> str | None:
    """The path of an address of ours, which may be reached under another name."""
    ours, theirs = urlsplit(settings(request).public_url), urlsplit(url)
    if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
        return None
    return f"{theirs.path}?{theirs.query}" if theirs.query else theirs.path
