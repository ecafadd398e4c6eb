"""Watch what usage costs as it accrues, and tell those who asked to be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from serai.kit import clock, events
from serai.kit.actor import SYSTEM
from serai.kit.db import Session
from serai.modules.billing.subscriptions import store
from serai.modules.billing.subscriptions.invoice_drafts import metered
from serai.modules.billing.subscriptions.models import Subscription
from serai.modules.billing.subscriptions.pricing_context import read_pricing
from serai.modules.billing.subscriptions.state import BILLED, State
from serai.modules.billing.usage.billing import Cost, caps, costs
from serai.modules.billing.usage.ingesting import AHEAD
from serai.modules.billing.usage.models import UsageLimit


@dataclass(frozen=True, slots=True)
class Accrued:
    """What the running period's usage costs by now; `capped` when a cap holds it there."""

    state: State
    since: datetime
    costs: Sequence[Cost]
    amount: int
    capped: bool


async def accrued(session: Session, states: Sequence[State]) -> dict[str, Accrued]:
    """By subscription, for those whose packages meter something."""
    now = clock.now()
    pricing = await read_pricing(session, states, now)
    wanted = [
        (state, metered(state, state.usage_from, _until(state, now), pricing))
        for state in states
        if state.usage_from is not None and pricing.charges_of(state.plan, state.currency)
    ]
    found = await costs(session, [each for _state, each in wanted])
    held = await caps(session, {state.id: each.start for state, each in wanted})
    made = {}
    for (state, each), parts in zip(wanted, found, strict=True):
        amount, cap = sum(part.amount for part in parts), held.get(state.id)
        capped = cap is not None and amount >= cap
        made[state.id] = Accrued(
            state, each.start, parts, min(amount, cap) if cap is not None else amount, capped
        )
    return made


def _until(state: State, now: datetime) -> datetime:
    """All that may have been reported by now; clocks that are a little ahead included."""
    until = now + AHEAD
    return min(until, state.period_end) if state.period_end and state.period_end > now else until


async def watch(session: Session) -> int:
    """Tell once a period of each limit that is reached; how many were."""
    rows = (
        (await session.execute(select(UsageLimit).with_for_update(skip_locked=True, key_share=True)))
        .scalars()
        .all()
    )
    ids = sorted({row.subscription_id for row in rows})
    query = select(Subscription).where(Subscription.id.in_(ids), Subscription.status.in_(BILLED))
    states = [store.state_of(row) for row in (await session.execute(query)).scalars()]
    found = await accrued(session, states)
    told = 0
    for row in rows:
        now = found.get(row.subscription_id)
        if now is None or row.counts_from > now.since or row.told_for == now.since:
            continue
        if now.amount < row.amount:
            continue
        row.told_for = now.since
        told += 1
        await events.publish(
            session, SYSTEM, f"billing.usage_{row.action}_reached", row.subscription_id, row.account_id,
            limit=row.amount, amount=now.amount, currency=now.state.currency,
        )  # fmt: skip
    return told
