"""The renewal run: whatever is due, in batches, each in a transaction of its own.

A batch locks its rows and skips those others are at work on: any number of workers may run it. What one
batch did is committed whole or not at all; a worker that dies leaves the rest due.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.kit.db import Database, Session
from serai.kit.errors import Unavailable
from serai.modules.billing.subscriptions import invoicing, ordering, queries, stock, store
from serai.modules.billing.subscriptions.models import Subscription
from serai.modules.billing.subscriptions.pricing_context import PricingContext, read_pricing
from serai.modules.billing.subscriptions.renewal import Decision, goes_along, what_is_due
from serai.modules.billing.subscriptions.state import State

log = structlog.get_logger()
BATCH = 250
_ALONG = timedelta(hours=24)  # who bills together has what is due until the day's end along


@dataclass(slots=True)
class Run:
    """`failed`: subscriptions that could not be renewed, with why; they stay due."""

    renewed: int = 0
    failed: dict[str, str] = field(default_factory=dict)


async def renew_all(database: Database, *, batch: int = BATCH) -> Run:
    """Until nothing is due. Raises Unavailable when the database is away; the rest stays due."""
    run = Run()
    while count := await renew_some(database, run, batch):
        run.renewed += count
    return run


async def renew_some(database: Database, run: Run, batch: int = BATCH) -> int:
    """One batch; how many were due. One subscription that fails does not keep the others from theirs."""
    try:
        async with database.transaction() as session:
            rows = await queries.due(session, clock.now(), batch, list(run.failed))
            await _renew(session, rows)
            return len(rows)
    except Unavailable:
        raise
    except Exception as error:
        log.warning("a batch of renewals failed; one by one now", error=str(error))
    async with database.transaction() as session:
        ids = [row.id for row in await queries.due(session, clock.now(), batch, list(run.failed))]
    done = 0
    for subscription_id in ids:
        done += await _renew_alone(database, subscription_id, run)
    return len(ids) if ids else 0


async def renew_one(database: Database, subscription_id: str) -> int:
    """Whether it was due, as a number."""
    async with database.transaction() as session:
        row = await queries.locked(session, subscription_id)
        if row is None or row.due_at is None or row.due_at > clock.now():
            return 0
        await _renew(session, [row])
    return 1


async def _renew_alone(database: Database, subscription_id: str, run: Run) -> int:
    try:
        return await renew_one(database, subscription_id)
    except Unavailable:
        raise
    except Exception as error:
        log.error("a subscription could not be renewed", subscription=subscription_id, error=str(error))  # noqa: TRY400
        run.failed[subscription_id] = str(error)
        return 0


async def _renew(session: Session, rows: Sequence[Subscription]) -> None:
    at = clock.now()
    states = [store.state_of(row) for row in rows]
    pricing = await read_pricing(session, states, at)
    along = await _due_along(session, states, pricing)
    if along:
        states += along
        pricing = await read_pricing(session, states, at)
    decided: list[tuple[State, Decision]] = []
    for state in states:
        decision = what_is_due(state, pricing, max(at, state.due_at or at))
        if decision is None:
            continue
        if state.status == "incomplete":
            after = await ordering.give_up(session, SYSTEM, state, "not_paid", at)
            await invoicing.tell(session, SYSTEM, "ended", state, after)
        else:
            decided.append((state, decision))
    if decided:
        carried = await invoicing.apply(session, SYSTEM, decided, pricing, at)
        await stock.follow(session, [(each.before, each.after) for each in carried])


async def _due_along(session: Session, states: Sequence[State], pricing: PricingContext) -> list[State]:
    """For accounts that want one invoice: what else of theirs is due today."""
    together = {
        state.account_id for state in states
        if (account := pricing.accounts.get(state.account_id)) and account.profile.consolidate
    }  # fmt: skip
    if not together:
        return []
    skip = [state.id for state in states]
    rows = await queries.due_with(session, sorted(together), pricing.at + _ALONG, skip)
    return [state for row in rows if goes_along(state := store.state_of(row), pricing)]
