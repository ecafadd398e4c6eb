"""Transfers that a person saw arrive, or sent back by hand: the gateway's driver keeps the decision, the
payment follows it."""

from typing import cast

from serai.contracts.payments import NeedsApproval
from serai.kit import events
from serai.kit.actor import Actor
from serai.kit.errors import Invalid, NotFound
from serai.kit.i18n import _
from serai.kit.money import Money
from serai.modules.billing import policy
from serai.modules.billing.payments import paying, queries, refunds
from serai.modules.billing.payments.gateways import Gateways
from serai.modules.billing.payments.models import Payment, PaymentRefund


async def decide(
    gateways: Gateways, actor: Actor, payment_id: str, *, approved: bool, received: Money
) -> Payment:
    """Say what arrived. Outside of any transaction; the same decision again changes nothing.

    Raises PaymentNotFound, Invalid, Conflict for another decision than the one that stands.
    """
    policy.APPROVE.require(actor)
    async with gateways.database.acting(actor).transaction() as session:
        payment = await paying.find(session, actor, payment_id)
    gateway = await desk_of(gateways, payment.gateway)
    await gateway.approve(payment.id, approved=approved, received=received, by=actor.id)
    async with gateways.database.acting(actor).transaction() as session:
        await events.publish(
            session, actor, "billing.transfer_approved" if approved else "billing.transfer_refused",
            payment.id, payment.account_id, amount=received.amount, currency=received.currency,
            reference=payment.reference,
        )  # fmt: skip
    return await paying.sync(gateways, payment_id)


async def decide_refund(
    gateways: Gateways, actor: Actor, payment_id: str, refund_id: str, *, sent: bool
) -> PaymentRefund:
    """Say that a refund was sent by hand, or could not be. Outside of any transaction."""
    policy.APPROVE.require(actor)
    async with gateways.database.acting(actor).transaction() as session:
        payment = await paying.find(session, actor, payment_id)
        if all(each.id != refund_id for each in await queries.refunds_of(session, payment.id)):
            raise NotFound(_("There is no such refund."))
    gateway = await desk_of(gateways, payment.gateway)
    await refunds.apply(gateways, refund_id)  # the driver knows of it from now on
    await gateway.approve_refund(payment.id, refund_id, sent=sent, by=actor.id)
    async with gateways.database.acting(actor).transaction() as session:
        await events.publish(
            session, actor, "billing.refund_sent" if sent else "billing.refund_not_sent", refund_id,
            payment.account_id, payment_id=payment.id,
        )  # fmt: skip
    await refunds.apply(gateways, refund_id)
    async with gateways.database.acting(actor).transaction() as session:
        return await queries.refund(session, refund_id)


async def desk_of(gateways: Gateways, key: str) -> NeedsApproval:
    """Raises Invalid for a gateway that says itself what arrived."""
    gateway = await gateways.get(key, even_off=True)
    if not gateway.features.approval:
        raise Invalid(_("%(gateway)s says itself what arrived.", gateway=gateways.name_of(key)))
    return cast("NeedsApproval", gateway)
