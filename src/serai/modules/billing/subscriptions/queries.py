"""Subscriptions' SQL. Reads begin from what the actor may see."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, insert, or_, select, text

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.billing.profiles.models import BillingProfile
from serai.modules.billing.subscriptions.models import Subscription, SubscriptionEvent
from serai.modules.billing.subscriptions.state import SERVED


def visible_to(actor: Actor) -> Select[tuple[Subscription]]:
    query = select(Subscription)
    return query if actor.is_platform else query.where(Subscription.account_id == actor.account_id)


async def find(session: Session, actor: Actor, subscription_id: str) -> Subscription | None:
    query = visible_to(actor).where(Subscription.id == subscription_id)
    return (await session.execute(query)).scalar_one_or_none()


async def of_launch(session: Session, launch_id: str) -> Subscription | None:
    query = select(Subscription).where(Subscription.launch_id == launch_id).order_by(Subscription.id.desc())
    return (await session.execute(query.limit(1))).scalar_one_or_none()


async def at_rest(session: Session, ended_since: datetime) -> Sequence[str]:
    """Systems of subscriptions that are not served, those that ended long ago left out."""
    query = select(Subscription.launch_id).where(
        Subscription.launch_id.is_not(None),
        Subscription.status.in_(("suspended", "paused", "cancelled", "ended")),
        or_(Subscription.ended_at.is_(None), Subscription.ended_at > ended_since),
    )  # fmt: skip
    return [each for each in (await session.execute(query)).scalars() if each]


async def of_account(session: Session, account_id: str, *, over: bool = True) -> Sequence[Subscription]:
    query = select(Subscription).where(Subscription.account_id == account_id).order_by(Subscription.id.desc())
    query = query if over else query.where(Subscription.ended_at.is_(None))
    return (await session.execute(query)).scalars().all()


async def hold_account(session: Session, account_id: str) -> None:
    """Orders of one account wait here for each other until the transaction's end."""
    query = select(BillingProfile.account_id).where(BillingProfile.account_id == account_id)
    await session.execute(query.with_for_update(key_share=True))


async def served_launches(session: Session) -> Sequence[tuple[str, list[dict[str, Any]]]]:
    """Systems that are paid for or on trial, with the items of what they are subscribed to."""
    query = select(Subscription.launch_id, Subscription.state["plan"]["items"]).where(
        Subscription.launch_id.is_not(None), Subscription.status.in_(SERVED)
    )
    rows = await session.execute(query.order_by(Subscription.id))
    return [(launch_id, items) for launch_id, items in rows if launch_id]


async def page(
    session: Session,
    actor: Actor,
    *,
    status: str | None,
    product_id: str | None,
    package_id: str | None,
    account_id: str | None,
    before: str | None,
    limit: int,
) -> Sequence[Subscription]:
    """Newest first."""
    query = visible_to(actor).order_by(Subscription.id.desc()).limit(limit)
    wanted = {"status": status, "product_id": product_id, "package_id": package_id, "account_id": account_id}
    for name, value in wanted.items():
        query = query.where(getattr(Subscription, name) == value) if value else query
    query = query.where(Subscription.id < before) if before else query
    return (await session.execute(query)).scalars().all()


async def running_of_product(session: Session, product_id: str, *, lock: bool) -> Sequence[Subscription]:
    """Those that have begun and not ended, in one order for whoever locks them."""
    query = select(Subscription).where(
        Subscription.product_id == product_id, Subscription.ended_at.is_(None),
        Subscription.status != "incomplete",
    )  # fmt: skip
    query = query.order_by(Subscription.id).execution_options(populate_existing=True)
    query = query.with_for_update(key_share=True) if lock else query
    return (await session.execute(query)).scalars().all()


async def locked(session: Session, subscription_id: str) -> Subscription | None:
    query = select(Subscription).where(Subscription.id == subscription_id).with_for_update(key_share=True)
    return (await session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()


async def due(
    session: Session, now: datetime, limit: int, skip: Sequence[str] = ()
) -> Sequence[Subscription]:
    """The longest due first, locked; those that others are at work on are left out."""
    query = select(Subscription).where(Subscription.due_at <= now).order_by(Subscription.due_at).limit(limit)
    query = query.where(Subscription.id.not_in(skip)) if skip else query
    query = query.with_for_update(skip_locked=True, key_share=True).execution_options(populate_existing=True)
    return (await session.execute(query)).scalars().all()


async def count_due(session: Session, now: datetime, limit: int, *where: ColumnElement[bool]) -> int:
    """How many are due, up to `limit`."""
    found = select(Subscription.id).where(Subscription.due_at <= now, *where).limit(limit).subquery()
    return int((await session.execute(select(func.count()).select_from(found))).scalar_one())


async def due_with(
    session: Session, account_ids: Sequence[str], until: datetime, skip: Sequence[str]
) -> Sequence[Subscription]:
    """Those of the same accounts that are due until then, for one invoice."""
    query = (
        select(Subscription)
        .where(
            Subscription.account_id.in_(account_ids), Subscription.due_at <= until,
            Subscription.status.in_(("active", "past_due")), Subscription.id.not_in(skip),
        )
        .with_for_update(skip_locked=True, key_share=True)
    )  # fmt: skip
    return (await session.execute(query)).scalars().all()


async def periods_with(session: Session, subscription_ids: Sequence[str]) -> dict[str, int]:
    """Redemption → how many periods were billed with it."""
    rows = await session.execute(_PERIODS_WITH, {"ids": list(subscription_ids)})
    return {redemption_id: count for redemption_id, count in rows}


async def history(session: Session, subscription_id: str) -> Sequence[SubscriptionEvent]:
    query = select(SubscriptionEvent).where(SubscriptionEvent.subscription_id == subscription_id)
    return (await session.execute(query.order_by(SubscriptionEvent.version))).scalars().all()


async def add_events(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await session.execute(insert(SubscriptionEvent), list(rows))


async def add(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    await session.execute(insert(Subscription), list(rows))


async def save(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Write states over those of the version before; how many were. Fewer than given: somebody was faster."""
    names = ("id", "version", "was", "status", "package_id", "product_id", "launch_id", "monthly", "due_at",
             "state", "ended_at")  # fmt: skip
    result = await session.execute(_SAVE, {name: [row[name] for row in rows] for name in names})
    return result.rowcount  # type: ignore[attr-defined, no-any-return]


_PERIODS_WITH = text(
    """
    SELECT used.redemption_id, count(*) FROM subscription_events e
    CROSS JOIN LATERAL jsonb_array_elements_text(e.data -> 'used') AS used(redemption_id)
    WHERE e.subscription_id = ANY(:ids) AND e.type IN ('activated', 'renewed')
    GROUP BY used.redemption_id
    """
)
_SAVE = text(
    """
    UPDATE subscriptions s SET version = v.version, status = v.status, package_id = v.package_id,
           product_id = v.product_id, launch_id = v.launch_id, monthly = v.monthly, due_at = v.due_at,
           state = CAST(v.state AS jsonb), ended_at = v.ended_at
    FROM unnest(CAST(:id AS text[]), CAST(:version AS int[]), CAST(:was AS int[]), CAST(:status AS text[]),
                CAST(:package_id AS text[]), CAST(:product_id AS text[]), CAST(:launch_id AS text[]),
                CAST(:monthly AS bigint[]), CAST(:due_at AS timestamptz[]), CAST(:state AS text[]),
                CAST(:ended_at AS timestamptz[]))
         AS v(id, version, was, status, package_id, product_id, launch_id, monthly, due_at, state, ended_at)
    WHERE s.id = v.id AND s.version = v.was
    """
)
