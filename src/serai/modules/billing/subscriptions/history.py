"""How each event changes a subscription. This is all there is: the state is the fold of its events."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from serai.modules.billing.subscriptions.state import Discount, Move, Plan, State, Status

VERSION = 1  # of the events' shapes; `data["v"]` says which one an event was written in


class NewEvent(msgspec.Struct, frozen=True):
    """An event before it has a place in the history. `data` is JSON-able."""

    type: str
    data: dict[str, Any]


def new_event(type_: str, **data: Any) -> NewEvent:
    return NewEvent(type_, {**msgspec.to_builtins(data), "v": VERSION})


def fold(events: Iterable[tuple[str, dict[str, Any], datetime]], start: State | None = None) -> State:
    """The state after `events` (type, data, at), from the first one on or from `start`."""
    state = start
    for type_, data, at in events:
        if state is None:
            state = _created(data, at)
        else:
            state = msgspec.structs.replace(_APPLY[type_](state, data, at), version=state.version + 1)
    assert state is not None
    return state


def apply(state: State, *events: NewEvent, at: datetime) -> State:
    return fold(((each.type, each.data, at) for each in events), state)


def _created(data: dict[str, Any], at: datetime) -> State:
    facts = {key: value for key, value in data.items() if key != "v"}
    return msgspec.convert({**facts, "version": 1, "created_at": at, "status": "incomplete"}, State)


def _trial_started(state: State, data: dict[str, Any], at: datetime) -> State:
    return _replace(state, status="trialing", trial_end=_when(data["until"]), order_invoice_id=None)


def _activated(state: State, data: dict[str, Any], at: datetime) -> State:
    """The first paid period begins, or a new count of periods with another anchor."""
    start = _when(data["start"])
    return _replace(
        state, status="active", anchor=start, period=0, period_start=start,
        period_end=_when(data["end"]), order_invoice_id=None, past_due_since=None,
        discounts=_used(state, data), plan=_charged(state.plan_from(start), data, start), pending=None,
        moves=_moves_after(state, start),
        usage_from=start, paused_at=None, resume_at=None, remaining=0.0,
    )  # fmt: skip


def _renewed(state: State, data: dict[str, Any], at: datetime) -> State:
    start = _when(data["start"])
    anchor = _when(data["anchor"]) if "anchor" in data else state.anchor
    return _replace(
        state, plan=_charged(state.plan_from(start), data, start), pending=None, anchor=anchor,
        period=data["period"], period_start=start, period_end=_when(data["end"]),
        discounts=_used(state, data), usage_from=start, moves=_moves_after(state, start),
    )  # fmt: skip


def _changed(state: State, data: dict[str, Any], at: datetime) -> State:
    """Another plan from now on; with `start` its periods begin anew."""
    plan = msgspec.convert(data["plan"], Plan)
    state = _replace(
        state, plan=plan, pending=None, usage_from=_maybe(data.get("usage_from")) or state.usage_from
    )
    if "start" not in data:
        return state
    start = _when(data["start"])
    return _replace(state, anchor=start, period=0, period_start=start, period_end=_when(data["end"]))


def _change_scheduled(state: State, data: dict[str, Any], at: datetime) -> State:
    return _replace(state, pending=msgspec.convert(data["plan"], Plan))


def _change_withdrawn(state: State, data: dict[str, Any], at: datetime) -> State:
    return _replace(state, pending=None)


def _price_move_scheduled(state: State, data: dict[str, Any], at: datetime) -> State:
    """The newest change of a price takes the place of one that was to come before it."""
    move = msgspec.convert(data["move"], Move)
    others = (each for each in state.moves if each.price_id != move.price_id)
    return _replace(state, moves=(*others, move))


def _cancellation_scheduled(state: State, data: dict[str, Any], at: datetime) -> State:
    return _replace(state, cancel_at_end=True, reason=data.get("reason"))


def _cancellation_withdrawn(state: State, data: dict[str, Any], at: datetime) -> State:
    return _replace(state, cancel_at_end=False, reason=None)


def _payment_failed(state: State, data: dict[str, Any], at: datetime) -> State:
    return _replace(state, status="past_due", past_due_since=state.past_due_since or at)


def _paid_up(state: State, data: dict[str, Any], at: datetime) -> State:
    return _replace(state, status="active", past_due_since=None)


def _suspended(state: State, data: dict[str, Any], at: datetime) -> State:
    return _replace(state, status="suspended")


def _resumed(state: State, data: dict[str, Any], at: datetime) -> State:
    """Paid after a suspension: the period it was for still runs."""
    return _replace(state, status="active", past_due_since=None)


def _pause_scheduled(state: State, data: dict[str, Any], at: datetime) -> State:
    return _replace(state, pause_at_end=True, resume_at=_maybe(data.get("resume_at")))


def _paused(state: State, data: dict[str, Any], at: datetime) -> State:
    """What was paid for and not used yet is kept, as time and as what each item's rest is worth."""
    return _replace(
        state, status="paused", paused_at=at, pause_at_end=False, remaining=data["remaining"],
        resume_at=_maybe(data.get("resume_at")), plan=_charged(state.plan, data, at),
        reason=data.get("reason") or state.reason,
    )  # fmt: skip


def _unpaused(state: State, data: dict[str, Any], at: datetime) -> State:
    """The kept time runs on; the periods are counted from its end."""
    end = _when(data["end"])
    charged = {item.id: item.charged for item in state.plan.items}
    return _replace(
        state, status="active", paused_at=None, reason=state.reason if state.cancel_at_end else None,
        resume_at=None, remaining=0.0, anchor=end, period=-1,
        period_start=at, period_end=end, usage_from=at, plan=_charged(state.plan, {"charged": charged}, at),
    )  # fmt: skip


def _over(status: Status) -> Callable[[State, dict[str, Any], datetime], State]:
    def apply_it(state: State, data: dict[str, Any], at: datetime) -> State:
        return _replace(
            state, status=status, ended_at=at, reason=data["reason"], pending=None, cancel_at_end=False,
            pause_at_end=False, resume_at=None, order_invoice_id=None,
        )  # fmt: skip

    return apply_it


def _launch_attached(state: State, data: dict[str, Any], at: datetime) -> State:
    return _replace(state, launch_id=data["launch_id"])


def _method_changed(state: State, data: dict[str, Any], at: datetime) -> State:
    return _replace(state, method_id=data["method_id"])


def _coupon_added(state: State, data: dict[str, Any], at: datetime) -> State:
    return _replace(state, discounts=(*state.discounts, msgspec.convert(data["discount"], Discount)))


def _ordered(state: State, data: dict[str, Any], at: datetime) -> State:
    return _replace(state, order_invoice_id=data["invoice_id"])


def _pause_withdrawn(state: State, data: dict[str, Any], at: datetime) -> State:
    return _replace(state, pause_at_end=False, resume_at=None)


def _waiting(state: State, data: dict[str, Any], at: datetime) -> State:
    return _replace(state, waits_until=_when(data["until"]))


_APPLY: dict[str, Callable[[State, dict[str, Any], datetime], State]] = {
    "ordered": _ordered,
    "waiting": _waiting,
    "trial_started": _trial_started,
    "activated": _activated,
    "renewed": _renewed,
    "changed": _changed,
    "change_scheduled": _change_scheduled,
    "change_withdrawn": _change_withdrawn,
    "price_move_scheduled": _price_move_scheduled,
    "cancellation_scheduled": _cancellation_scheduled,
    "cancellation_withdrawn": _cancellation_withdrawn,
    "payment_failed": _payment_failed,
    "paid_up": _paid_up,
    "suspended": _suspended,
    "resumed": _resumed,
    "pause_scheduled": _pause_scheduled,
    "paused": _paused,
    "pause_withdrawn": _pause_withdrawn,
    "unpaused": _unpaused,
    "cancelled": _over("cancelled"),
    "ended": _over("ended"),
    "launch_attached": _launch_attached,
    "method_changed": _method_changed,
    "coupon_added": _coupon_added,
}


def _charged(plan: Plan, data: dict[str, Any], start: datetime) -> Plan:
    """`data["charged"]`: item id → net minor units for the period that begins at `start`."""
    charged, agreed = data["charged"], data.get("agreed")
    items = tuple(
        msgspec.structs.replace(
            item, charged=charged.get(item.id, 0), charged_from=start,
            agreed=item.agreed if agreed is None else agreed.get(item.id),
        )
        for item in plan.items
    )  # fmt: skip
    return msgspec.structs.replace(plan, items=items)


def _moves_after(state: State, start: datetime) -> tuple[Move, ...]:
    return tuple(each for each in state.moves if each.since > start)


def _used(state: State, data: dict[str, Any]) -> tuple[Discount, ...]:
    """`data["used"]`: the redemptions that took something off this time, of which one more period was billed."""
    used = set(data.get("used", ()))
    kept = (
        msgspec.structs.replace(each, used=each.used + 1) if each.redemption_id in used else each
        for each in state.discounts
    )
    return tuple(each for each in kept if each.terms.lasts(each.used))


def _replace(state: State, **changes: Any) -> State:
    return msgspec.structs.replace(state, **changes)


def _when(text: str | datetime) -> datetime:
    return text if isinstance(text, datetime) else datetime.fromisoformat(text)


def _maybe(text: str | None) -> datetime | None:
    return _when(text) if text else None
