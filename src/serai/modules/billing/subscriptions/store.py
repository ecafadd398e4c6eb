"""Keep subscriptions: append what happened, and the state it leads to, under optimistic locking."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.exc import IntegrityError

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.i18n import _
from serai.modules.billing.errors import ChangedMeanwhile, SubscriptionNotFound
from serai.modules.billing.subscriptions import queries
from serai.modules.billing.subscriptions.history import NewEvent, apply, fold, new_event
from serai.modules.billing.subscriptions.models import Subscription
from serai.modules.billing.subscriptions.state import State

Change = tuple[State, Sequence[NewEvent]]


def state_of(row: Subscription) -> State:
    return msgspec.convert(row.state, State)


async def load(session: Session, subscription_id: str) -> State:
    """Locked until the transaction ends. Raises SubscriptionNotFound."""
    row = await queries.locked(session, subscription_id)
    if row is None:
        raise not_found()
    return state_of(row)


async def rebuild(session: Session, subscription_id: str) -> State:
    """The state from the history alone."""
    rows = await queries.history(session, subscription_id)
    return fold((row.type, row.data, row.at) for row in rows)


async def create(
    session: Session, actor: Actor, subscription_id: str, facts: dict[str, Any], at: datetime
) -> State:
    """The first event of a history."""
    return (await create_many(session, actor, [(subscription_id, facts)], at))[0]


async def create_many(
    session: Session, actor: Actor, created: Sequence[tuple[str, dict[str, Any]]], at: datetime
) -> list[State]:
    firsts = [new_event("created", id=subscription_id, **facts) for subscription_id, facts in created]
    states = [fold([(first.type, first.data, at)]) for first in firsts]
    await queries.add_events(
        session,
        [_event_row(state, 1, first, actor, at, 0) for state, first in zip(states, firsts, strict=True)],
    )
    await queries.add(session, [_new_row(state, at) for state in states])
    return states


async def record(session: Session, actor: Actor, changes: Sequence[Change], at: datetime) -> list[State]:
    """Append events to many histories. Raises ChangedMeanwhile when somebody else was faster; then
    nothing is kept (the transaction cannot go on)."""
    changes = [change for change in changes if change[1]]
    after = [apply(state, *events, at=at) for state, events in changes]
    rows = [
        _event_row(state, state.version + number, event, actor, at, new.monthly)
        for (state, events), new in zip(changes, after, strict=True)
        for number, event in enumerate(events, 1)
    ]
    try:
        await queries.add_events(session, rows)
    except IntegrityError as error:
        raise changed_meanwhile() from error
    if not after:
        return []
    saved = await queries.save(
        session,
        [_row(new) | {"was": old.version} for (old, _events), new in zip(changes, after, strict=True)],
    )
    if saved != len(after):
        raise changed_meanwhile()
    return after


async def record_one(session: Session, actor: Actor, state: State, at: datetime, *events: NewEvent) -> State:
    found = await record(session, actor, [(state, events)], at)
    return found[0] if found else state


def not_found() -> SubscriptionNotFound:
    return SubscriptionNotFound(_("There is no such subscription."))


def changed_meanwhile() -> ChangedMeanwhile:
    return ChangedMeanwhile(
        _("Somebody changed this subscription at the same moment. Look at it and try again.")
    )


def _event_row(
    state: State, version: int, event: NewEvent, actor: Actor, at: datetime, monthly: int
) -> dict[str, Any]:
    return {
        "subscription_id": state.id, "version": version, "account_id": state.account_id,
        "type": event.type, "data": event.data, "actor": actor.as_json(), "monthly": monthly, "at": at,
    }  # fmt: skip


def _new_row(state: State, at: datetime) -> dict[str, Any]:
    row = _row(state) | {
        "state": msgspec.to_builtins(state), "created_at": at, "account_id": state.account_id,
        "currency": state.currency,
    }  # fmt: skip
    del row["was"]
    return row


def _row(state: State) -> dict[str, Any]:
    base = state.plan.base
    return {
        "id": state.id, "version": state.version, "was": 0, "status": state.status,
        "package_id": base.package_id, "product_id": base.product_id, "launch_id": state.launch_id,
        "monthly": state.monthly, "due_at": state.due_at,
        "state": msgspec.json.encode(state).decode(), "ended_at": state.ended_at,
    }  # fmt: skip
