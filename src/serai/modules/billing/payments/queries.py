"""Payments' SQL. Reads begin from what the actor may see."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.billing.payments.models import (
    GatewayAccount,
    Payment,
    PaymentMethod,
    PaymentRefund,
    Payout,
    WebhookEvent,
)


@dataclass(frozen=True, slots=True)
class Due:
    """What a gateway is to be asked; `about`: the payment, when `id` is another thing."""

    id: str
    gateway: str
    about: str = ""


def visible_to(actor: Actor) -> Select[tuple[Payment]]:
    query = select(Payment)
    return query if actor.is_platform else query.where(Payment.account_id == actor.account_id)


async def gateway(session: Session, key: str, *, lock: bool = False) -> GatewayAccount | None:
    query = select(GatewayAccount).where(GatewayAccount.key == key)
    query = query.with_for_update(key_share=True) if lock else query
    return (await session.execute(query)).scalar_one_or_none()


async def gateways(session: Session) -> Sequence[GatewayAccount]:
    query = select(GatewayAccount).order_by(GatewayAccount.position, GatewayAccount.key)
    return (await session.execute(query)).scalars().all()


async def find(session: Session, actor: Actor, payment_id: str) -> Payment | None:
    query = visible_to(actor).where(Payment.id == payment_id)
    return (await session.execute(query)).scalar_one_or_none()


async def locked(session: Session, payment_id: str) -> Payment:
    return await session.get_one(
        Payment, payment_id, with_for_update={"key_share": True}, populate_existing=True
    )


async def by_key(session: Session, key: str) -> Payment | None:
    return (await session.execute(select(Payment).where(Payment.key == key))).scalar_one_or_none()


async def by_reference(session: Session, gateway_key: str, reference: str) -> Payment | None:
    query = select(Payment).where(Payment.gateway == gateway_key, Payment.reference == reference)
    return (await session.execute(query)).scalar_one_or_none()


async def page(
    session: Session,
    actor: Actor,
    *,
    account_id: str | None,
    state: str | None,
    gateway_key: str | None,
    before: str | None,
    limit: int,
) -> Sequence[Payment]:
    """Newest first."""
    query = visible_to(actor).order_by(Payment.id.desc()).limit(limit)
    wanted = {"account_id": account_id, "state": state, "gateway": gateway_key}
    for name, value in wanted.items():
        query = query.where(getattr(Payment, name) == value) if value else query
    query = query.where(Payment.id < before) if before else query
    return (await session.execute(query)).scalars().all()


async def of_invoice(session: Session, invoice_id: str) -> Sequence[Payment]:
    query = select(Payment).where(Payment.invoice_id == invoice_id).order_by(Payment.id)
    return (await session.execute(query)).scalars().all()


async def under_way(session: Session, invoice_id: str) -> Payment | None:
    """One that may still succeed: nobody begins a second one beside it."""
    query = select(Payment).where(
        Payment.invoice_id == invoice_id, Payment.state.in_(("pending", "requires_action"))
    )
    return (await session.execute(query.order_by(Payment.id.desc()).limit(1))).scalar_one_or_none()


async def due_for_check(
    session: Session, now: datetime, limit: int, *where: ColumnElement[bool]
) -> Sequence[Due]:
    """Of each gateway at most `limit`: what waits for one that is slow hides no other's."""
    place = func.row_number().over(partition_by=Payment.gateway, order_by=Payment.next_check_at).label("place")
    due = select(Payment.id, place).where(Payment.next_check_at <= now).subquery()
    query = select(Payment.id, Payment.gateway).join(due, due.c.id == Payment.id)
    query = query.where(due.c.place <= limit, *where).order_by(Payment.next_check_at)
    return [Due(*row) for row in await session.execute(query)]


async def methods(session: Session, account_id: str) -> Sequence[PaymentMethod]:
    """The default first."""
    query = select(PaymentMethod).where(
        PaymentMethod.account_id == account_id, PaymentMethod.state != "removed"
    )
    query = query.order_by(PaymentMethod.is_default.desc(), PaymentMethod.id.desc())
    return (await session.execute(query)).scalars().all()


async def method(session: Session, method_id: str, *, lock: bool = False) -> PaymentMethod | None:
    query = select(PaymentMethod).where(PaymentMethod.id == method_id, PaymentMethod.state != "removed")
    query = query.with_for_update(key_share=True) if lock else query
    return (await session.execute(query)).scalar_one_or_none()


async def no_default(session: Session, account_id: str) -> None:
    statement = update(PaymentMethod).where(PaymentMethod.account_id == account_id, PaymentMethod.is_default)
    await session.execute(statement.values(is_default=False))


async def payer_reference(session: Session, account_id: str, gateway_key: str) -> str | None:
    query = select(PaymentMethod.payer_reference).where(
        PaymentMethod.account_id == account_id, PaymentMethod.gateway == gateway_key,
        PaymentMethod.payer_reference.is_not(None),
    )  # fmt: skip
    return (await session.execute(query.order_by(PaymentMethod.id.desc()).limit(1))).scalar_one_or_none()


async def refund(session: Session, refund_id: str) -> PaymentRefund:
    return await session.get_one(
        PaymentRefund, refund_id, with_for_update={"key_share": True}, populate_existing=True
    )


async def refunds_of(session: Session, payment_id: str) -> Sequence[PaymentRefund]:
    query = select(PaymentRefund).where(PaymentRefund.payment_id == payment_id).order_by(PaymentRefund.id)
    return (await session.execute(query)).scalars().all()


async def refund_amounts(session: Session, payment_ids: Sequence[str]) -> dict[str, list[int]]:
    """The amounts that were sent back, by payment."""
    query = select(PaymentRefund.payment_id, PaymentRefund.amount).where(
        PaymentRefund.payment_id.in_(payment_ids), PaymentRefund.state == "succeeded"
    )
    found: dict[str, list[int]] = {}
    for payment_id, amount in (await session.execute(query)).all():
        found.setdefault(payment_id, []).append(amount)
    return found


async def refunds_due(
    session: Session, now: datetime, limit: int, *where: ColumnElement[bool]
) -> Sequence[Due]:
    """Of each gateway at most `limit`."""
    refund = PaymentRefund
    place = func.row_number().over(partition_by=Payment.gateway, order_by=refund.try_at).label("place")
    due = select(refund.id, Payment.gateway, place).join(Payment, Payment.id == refund.payment_id)
    due_now = due.where(refund.try_at <= now).subquery()
    query = select(refund.id, due_now.c.gateway, refund.payment_id).join(due_now, due_now.c.id == refund.id)
    query = query.where(due_now.c.place <= limit, *where).order_by(refund.try_at)
    return [Due(*row) for row in await session.execute(query)]


async def keep_notice(session: Session, values: dict[str, Any]) -> bool:
    """False when the same was kept before."""
    statement = insert(WebhookEvent).values(**values).on_conflict_do_nothing().returning(WebhookEvent.id)
    return (await session.execute(statement)).one_or_none() is not None


async def notices_left(
    session: Session, received: tuple[datetime, datetime], limit: int, *where: ColumnElement[bool]
) -> Sequence[Due]:
    """Those of that time which nobody has handled: a worker ended in the middle."""
    query = select(WebhookEvent.id, WebhookEvent.gateway, WebhookEvent.charge_id).where(
        WebhookEvent.handled_at.is_(None), WebhookEvent.received_at.between(*received), *where
    )
    rows = await session.execute(query.order_by(WebhookEvent.id).limit(limit))
    return [Due(id_, gateway, charge or "") for id_, gateway, charge in rows]


async def notices(session: Session, *, before: str | None, limit: int) -> Sequence[WebhookEvent]:
    query = select(WebhookEvent).order_by(WebhookEvent.id.desc()).limit(limit)
    query = query.where(WebhookEvent.id < before) if before else query
    return (await session.execute(query)).scalars().all()


async def known(session: Session, payment_ids: Collection[str]) -> set[str]:
    """Those of the ids that are payments."""
    query = select(Payment.id).where(Payment.id.in_(payment_ids))
    return set((await session.execute(query)).scalars())


async def payouts(session: Session, *, before: str | None, limit: int) -> Sequence[Payout]:
    query = select(Payout).order_by(Payout.id.desc()).limit(limit)
    query = query.where(Payout.id < before) if before else query
    return (await session.execute(query)).scalars().all()


async def payout_known(session: Session, gateway_key: str, reference: str) -> bool:
    query = select(Payout.id).where(Payout.gateway == gateway_key, Payout.reference == reference)
    return (await session.execute(query)).one_or_none() is not None


async def by_references(session: Session, gateway_key: str, references: Sequence[str]) -> dict[str, Payment]:
    query = select(Payment).where(Payment.gateway == gateway_key, Payment.reference.in_(references))
    return {row.reference or "": row for row in (await session.execute(query)).scalars()}
