"""What the clock brings: given a subscription and a moment, what happens to it. Pure.

The renewal run, the simulation and the tests all ask this one function.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from serai.modules.billing.invoices.lines import LineDraft
from serai.modules.billing.periods import Schedule, local_date
from serai.modules.billing.subscriptions.charging import Span, whole_period
from serai.modules.billing.subscriptions.history import NewEvent, new_event
from serai.modules.billing.subscriptions.pricing_context import PricingContext
from serai.modules.billing.subscriptions.state import BILLED, Plan, State


@dataclass(frozen=True, slots=True)
class Decision:
    """`lines` to be billed; `billed`: the period they begin, for which nobody may be billed again;
    `usage`: the time whose usage is to be billed now. `tells`: the event for other modules, if any."""

    events: tuple[NewEvent, ...]
    lines: tuple[LineDraft, ...] = ()
    billed: Span | None = None
    usage: Span | None = None
    tells: str | None = None


def what_is_due(state: State, pricing: PricingContext, now: datetime) -> Decision | None:
    """None when nothing is due."""
    if state.due_at is None or state.due_at > now:
        return None
    match state.status:
        case "incomplete":
            return Decision((new_event("ended", reason="not_paid"),), tells="ended")
        case "trialing" if state.cancel_at_end:
            return _cancel(state)
        case "trialing":
            assert state.trial_end is not None
            return begin(state, pricing, state.trial_end, tells="activated")
        case "paused":
            return unpause(state, pricing, now)
        case "suspended":
            return _cancel(state)
    return _at_period_end(state, pricing)


def goes_along(state: State, pricing: PricingContext) -> bool:
    """Whether it renews together with what is due at `known.at`, for an account that wants one invoice a day.
    What ends or pauses later today was paid for until then."""
    account = pricing.accounts.get(state.account_id)
    if account is None or not account.profile.consolidate or state.due_at is None or state.status not in BILLED:
        return False
    zone = account.profile.time_zone
    same_day = local_date(state.due_at, zone) == local_date(pricing.at, zone)
    return same_day and not (state.cancel_at_end or state.pause_at_end)


def begin(
    state: State, pricing: PricingContext, start: datetime, *, tells: str | None = None, usage: Span | None = None
) -> Decision:
    """The first whole period, counted from `start`."""
    plan = state.plan_from(start)
    end = Schedule(start, state.time_zone, plan.unit, plan.count).boundary(1)
    charged = whole_period(state, plan, (start, end), pricing)
    event = new_event("activated", start=start, end=end, **charged.as_data())
    return Decision((event,), charged.lines, (start, end), usage=usage, tells=tells)


def unpause(state: State, pricing: PricingContext, now: datetime) -> Decision:
    """What was kept runs on; where nothing was, a new period begins."""
    if state.remaining <= 0:
        return begin(state, pricing, now, tells="unpaused")
    end = now + timedelta(seconds=state.remaining)
    return Decision((new_event("unpaused", end=end),), tells="unpaused")


def _at_period_end(state: State, pricing: PricingContext) -> Decision:
    assert state.period_end is not None
    usage = _usage(state)
    if state.cancel_at_end:
        return _cancel(state)
    if state.pause_at_end:
        event = new_event("paused", remaining=0.0, charged={}, resume_at=state.resume_at)
        return Decision((event,), usage=usage, tells="paused")
    return _renew(state, state.plan_from(state.period_end), pricing, state.period_end, usage)


def _renew(state: State, plan: Plan, pricing: PricingContext, start: datetime, usage: Span | None) -> Decision:
    """The next period. Periods of another length are counted from here."""
    same = (plan.unit, plan.count) == (state.plan.unit, state.plan.count)
    number = state.period + 1 if same else 0
    schedule = state.schedule if same else Schedule(start, state.time_zone, plan.unit, plan.count)
    end = schedule.boundary(number + 1)
    charged = whole_period(state, plan, (start, end), pricing)
    data = {"period": number, "start": start, "end": end, **charged.as_data()}
    event = new_event("renewed", **data) if same else new_event("renewed", **data, anchor=start)
    changed = state.pending is not None
    return Decision((event,), charged.lines, (start, end), usage, tells="changed" if changed else None)


def _cancel(state: State) -> Decision:
    event = new_event("cancelled", reason=state.reason or "by_customer")
    return Decision((event,), usage=_usage(state), tells="ended")


def _usage(state: State) -> Span | None:
    if state.usage_from is None or state.period_end is None or state.period_end <= state.usage_from:
        return None
    return state.usage_from, state.period_end
