"""What staff look for among payments."""

from collections.abc import Sequence

from sqlalchemy import or_, select

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.billing import policy
from serai.modules.billing.payments.models import Payment, PaymentRefund, WebhookEvent


async def find_any(session: Session, actor: Actor, text: str, limit: int = 20) -> Sequence[Payment]:
    """By the payment's id, the gateway's own, or the invoice's id."""
    policy.READ.require(actor)
    query = select(Payment).where(
        or_(Payment.id == text, Payment.reference == text, Payment.invoice_id == text)
    )
    return (await session.execute(query.order_by(Payment.id.desc()).limit(limit))).scalars().all()


async def notices_of(session: Session, actor: Actor, payment: Payment, limit: int = 50) -> Sequence[WebhookEvent]:
    """What its gateway told us about it, newest first."""
    policy.READ.require(actor)
    about = or_(WebhookEvent.charge_id == payment.id, WebhookEvent.reference == payment.reference)
    query = select(WebhookEvent).where(WebhookEvent.gateway == payment.gateway, about)
    return (await session.execute(query.order_by(WebhookEvent.id.desc()).limit(limit))).scalars().all()


async def refunds_to_send(
    session: Session, actor: Actor, gateway_keys: Sequence[str], limit: int = 100
) -> Sequence[tuple[PaymentRefund, Payment]]:
    """Pending refunds of gateways where somebody sends them by hand, oldest first."""
    policy.READ.require(actor)
    query = (
        select(PaymentRefund, Payment)
        .join(Payment, Payment.id == PaymentRefund.payment_id)
        .where(PaymentRefund.state == "pending", Payment.gateway.in_(gateway_keys))
        .order_by(PaymentRefund.id)
        .limit(limit)
    )
    return [(refund, payment) for refund, payment in (await session.execute(query)).all()]


async def waiting(
    session: Session, actor: Actor, gateway_keys: Sequence[str], limit: int = 200
) -> Sequence[Payment]:
    """Payments of those gateways that nobody has decided about, oldest first."""
    policy.READ.require(actor)
    query = select(Payment).where(
        Payment.gateway.in_(gateway_keys), Payment.state.in_(("pending", "requires_action"))
    )
    return (await session.execute(query.order_by(Payment.id).limit(limit))).scalars().all()
