"""Read payments, ways to pay and what gateways told, as whoever asks may see them."""

from collections.abc import Sequence
from dataclasses import dataclass

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import NotFound
from serai.kit.i18n import _
from serai.modules.billing import policy
from serai.modules.billing.invoices.models import Invoice
from serai.modules.billing.payments import queries, staff_queries
from serai.modules.billing.payments.models import (
    GatewayAccount,
    Payment,
    PaymentRefund,
    Payout,
    WebhookEvent,
)
from serai.modules.billing.payments.paying import find


@dataclass(frozen=True, slots=True)
class PaymentDetail:
    """`notices`: what its gateway told of it, newest first."""

    payment: Payment
    refunds: Sequence[PaymentRefund]
    notices: Sequence[WebhookEvent]
    invoice: Invoice | None


async def detail(session: Session, actor: Actor, payment_id: str) -> PaymentDetail:
    """For staff. Raises PaymentNotFound."""
    found = await find(session, actor, payment_id)
    return PaymentDetail(
        payment=found,
        refunds=await queries.refunds_of(session, found.id),
        notices=await staff_queries.notices_of(session, actor, found),
        invoice=await session.get(Invoice, found.invoice_id) if found.invoice_id else None,
    )


async def page(
    session: Session,
    actor: Actor,
    *,
    account_id: str | None = None,
    state: str | None = None,
    gateway_key: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> Sequence[Payment]:
    """Newest first."""
    policy.READ.require(actor, account_id=account_id or actor.account_id)
    return await queries.page(
        session, actor, account_id=account_id, state=state, gateway_key=gateway_key, before=before, limit=limit
    )


async def of_invoice(session: Session, actor: Actor, invoice: Invoice) -> Sequence[Payment]:
    """Oldest first."""
    policy.READ.require(actor, account_id=invoice.account_id)
    return await queries.of_invoice(session, invoice.id)


async def refunds_of(session: Session, actor: Actor, payments: Sequence[Payment]) -> list[PaymentRefund]:
    for payment in payments:
        policy.READ.require(actor, account_id=payment.account_id)
    return [each for payment in payments for each in await queries.refunds_of(session, payment.id)]


async def under_way(session: Session, actor: Actor, invoice: Invoice) -> Payment | None:
    """One that may still succeed."""
    policy.READ.require(actor, account_id=invoice.account_id)
    return await queries.under_way(session, invoice.id)


async def switched_on(session: Session) -> list[GatewayAccount]:
    """The gateways that customers may choose."""
    return [row for row in await queries.gateways(session) if row.enabled]


async def set_up_gateways(session: Session, actor: Actor) -> Sequence[GatewayAccount]:
    """All of them, for staff."""
    policy.READ.require(actor)
    return await queries.gateways(session)


async def notices(
    session: Session, actor: Actor, *, before: str | None, limit: int
) -> tuple[Sequence[WebhookEvent], set[str]]:
    """What gateways told, newest first, for staff; and the ids of the payments among what it was about."""
    policy.READ.require(actor)
    found = await queries.notices(session, before=before, limit=limit)
    about = {each.charge_id for each in found if each.charge_id}
    return found, await queries.known(session, about)


async def payouts(
    session: Session, actor: Actor, *, before: str | None, limit: int
) -> Sequence[Payout]:
    """Newest first, for staff."""
    policy.READ.require(actor)
    return await queries.payouts(session, before=before, limit=limit)


async def payout(session: Session, actor: Actor, payout_id: str) -> Payout:
    """For staff. Raises NotFound."""
    policy.READ.require(actor)
    found = await session.get(Payout, payout_id)
    if found is None:
        raise NotFound(_("There is no such payout."))
    return found
