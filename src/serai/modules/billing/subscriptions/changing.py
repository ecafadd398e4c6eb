"""Change a running subscription: another package, quantity or add-ons, now or from the next period on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Invalid
from serai.kit.i18n import _, format_date, pick
from serai.modules.billing import policy
from serai.modules.billing.errors import WrongStatus
from serai.modules.billing.invoices.models import Invoice
from serai.modules.billing.periods import Schedule
from serai.modules.billing.subscriptions import invoicing, queries, quoting, stock, store
from serai.modules.billing.subscriptions.actions import is_possible
from serai.modules.billing.subscriptions.charging import part_period, unused, whole_period
from serai.modules.billing.subscriptions.history import apply, new_event
from serai.modules.billing.subscriptions.planning import Choice, Chosen, carried_over, choose
from serai.modules.billing.subscriptions.pricing_context import PricingContext, read_pricing
from serai.modules.billing.subscriptions.renewal import Decision, what_is_due
from serai.modules.billing.subscriptions.state import Item, Plan, State

When = Literal["now", "period_end"]


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """`now`: what is charged (or, below zero, given back) at once; `later`: a whole period afterwards."""

    plan: Plan
    when: When
    at: datetime
    now: quoting.Totals | None
    later: quoting.Totals
    renews: datetime


async def preview_change(
    session: Session, actor: Actor, subscription_id: str, choice: Choice, when: When
) -> ChangePreview:
    """What the change would cost, decided and reckoned as the change is. Writes nothing.
    Raises WrongStatus and Invalid as the change would, but for what the subscription is already."""
    policy.READ.require(actor, account_id=actor.account_id)
    row = await queries.find(session, actor, subscription_id)
    if row is None:
        raise store.not_found()
    state, at = store.state_of(row), clock.now()
    _require_changeable(state, when)
    plan, pricing = await _plan(session, state, choice, at)
    decision = decide(state, plan, pricing, at, when)
    found = await quoting.foresee(session, [(state, decision)], pricing)
    after = apply(state, *decision.events, at=at)
    renews = after.due_at or at
    later = await _later(session, after, renews)
    return ChangePreview(plan, when, at, found[0][1] if found else None, later, renews)


async def _later(session: Session, after: State, renews: datetime) -> quoting.Totals:
    """What the changed subscription's next period costs, without what use will add."""
    pricing = await read_pricing(session, [after], renews)
    due = what_is_due(after, pricing, renews)
    lines = due.lines if due else ()
    return await quoting.totals(session, lines, after.currency, pricing.accounts[after.account_id], renews)


async def change(
    session: Session, actor: Actor, subscription_id: str, choice: Choice, when: When,
    *, version: int | None = None,
) -> tuple[State, Invoice | None]:  # fmt: skip
    """Raises WrongStatus, Invalid, SoldOut, and ChangedMeanwhile when `version` is not the newest."""
    state = await load_own(session, actor, subscription_id, version)
    _require_changeable(state, when)
    at = clock.now()
    plan, pricing = await _plan(session, state, choice, at)
    if plan == state.plan and state.pending is None:
        raise Invalid(_("This is what the subscription is already."))
    decision = decide(state, plan, pricing, at, when)
    await stock.follow(session, [(state, apply(state, *decision.events, at=at))])
    done = (await invoicing.apply(session, actor, [(state, decision)], pricing, at, reason="change"))[0]
    return done.after, done.invoice


async def withdraw_change(session: Session, actor: Actor, subscription_id: str) -> State:
    state = await load_own(session, actor, subscription_id)
    if not is_possible(state, "keep-plan"):
        raise WrongStatus(_("No change is planned."))
    await stock.follow(session, [(state, msgspec.structs.replace(state, pending=None))])
    after = await store.record_one(session, actor, state, clock.now(), new_event("change_withdrawn"))
    await invoicing.tell(session, actor, "change_withdrawn", state, after)
    return after


async def load_own(session: Session, actor: Actor, subscription_id: str, version: int | None = None) -> State:
    """Locked, for somebody who may change it. Raises SubscriptionNotFound, Denied, ChangedMeanwhile."""
    if await queries.find(session, actor, subscription_id) is None:
        raise store.not_found()
    state = await store.load(session, subscription_id)
    policy.SUBSCRIBE.require(actor, account_id=state.account_id)
    if version is not None and version != state.version:
        raise store.changed_meanwhile()
    return state


async def _plan(session: Session, state: State, choice: Choice, at: datetime) -> tuple[Plan, PricingContext]:
    chosen = await choose(session, choice, at, currency=state.currency)
    if chosen.currency != state.currency or chosen.product.id != state.plan.base.product_id:
        raise Invalid(_("A subscription keeps its product and its currency; order another one for that."))
    plan = carried_over(chosen.plan, state.plan)
    if state.status == "trialing" and _new_base(state, plan):
        _require_trial(chosen)
    return plan, await read_pricing(session, [state], at, more=[plan])


def decide(state: State, plan: Plan, pricing: PricingContext, at: datetime, when: When) -> Decision:
    """What the change does. Free time goes on under the new plan; nothing is charged for it."""
    if state.status == "trialing":
        return Decision((new_event("changed", plan=plan),), tells="changed")
    if when == "period_end":
        return Decision((new_event("change_scheduled", plan=plan),), tells="change_scheduled")
    return _now(state, plan, pricing, at)


def _now(state: State, plan: Plan, pricing: PricingContext, at: datetime) -> Decision:
    same_period = (plan.unit, plan.count) == (state.plan.unit, state.plan.count)
    usage = (state.usage_from, at) if _new_base(state, plan) and state.usage_from else None
    data: dict[str, object] = {"usage_from": at} if usage else {}
    if not same_period:
        return _new_periods(state, plan, pricing, at, (state.usage_from, at) if state.usage_from else None)
    gone = _without(state.plan.items, plan.items)
    come = _without(plan.items, state.plan.items)
    back, charged = unused(state, gone, at, pricing), part_period(state, come, at, pricing)
    items = tuple(_with_charge(item, charged.amounts, at) for item in plan.items)
    event = new_event("changed", plan=Plan(items=items, unit=plan.unit, count=plan.count), **data)
    return Decision((event,), (*back.lines, *charged.lines), usage=usage, tells="changed")


def _new_periods(
    state: State, plan: Plan, pricing: PricingContext, at: datetime, usage: tuple[datetime, datetime] | None
) -> Decision:
    """Periods of another length begin now; all that is left of the old one is given back."""
    end = Schedule(at, state.time_zone, plan.unit, plan.count).boundary(1)
    back = unused(state, state.plan.items, at, pricing)
    charged = whole_period(state, plan, (at, end), pricing)
    items = tuple(_with_charge(item, charged.amounts, at) for item in plan.items)
    event = new_event(
        "changed", plan=Plan(items=items, unit=plan.unit, count=plan.count), start=at, end=end, usage_from=at
    )
    return Decision((event,), (*back.lines, *charged.lines), (at, end), usage=usage, tells="changed")


def _with_charge(item: Item, amounts: dict[str, int], at: datetime) -> Item:
    return (
        msgspec.structs.replace(item, charged=amounts[item.id], charged_from=at)
        if item.id in amounts
        else item
    )


def _without(items: tuple[Item, ...], others: tuple[Item, ...]) -> tuple[Item, ...]:
    pricing = {item.id for item in others}
    return tuple(item for item in items if item.id not in pricing)


def _new_base(state: State, plan: Plan) -> bool:
    return plan.base.package_id != state.plan.base.package_id


def _require_changeable(state: State, when: When) -> None:
    """A change now would silently take the place of the one that is planned."""
    if not is_possible(state, "change"):
        raise WrongStatus(
            _("It is %(status)s; a subscription can be changed while it runs.", status=state.status)
        )
    if when == "now" and state.pending is not None:
        raise WrongStatus(
            _("A change is planned for %(day)s. Take that one back first, then change it now.",
              day=format_date(state.period_end or clock.now()))
        )  # fmt: skip


def _require_trial(chosen: Chosen) -> None:
    """Free time is given for what offers it, not for whatever else one changes to meanwhile."""
    if not chosen.package.trial_days and any(item.unit_amount for item in chosen.plan.items):
        raise WrongStatus(
            _("%(package)s has no free trial. Change to it when this trial is over, or cancel the trial and "
              "order %(package)s.", package=pick(chosen.package.name))
        )  # fmt: skip
