"""Cancel, pause, and take either back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Invalid
from serai.kit.i18n import _
from serai.modules.billing.errors import WrongStatus
from serai.modules.billing.invoices import crediting
from serai.modules.billing.invoices import queries as invoice_queries
from serai.modules.billing.invoices.lines import LineDraft
from serai.modules.billing.subscriptions import invoicing, ordering, quoting, reading, stock, store
from serai.modules.billing.subscriptions.actions import is_possible, owes, owes_anything
from serai.modules.billing.subscriptions.changing import load_own
from serai.modules.billing.subscriptions.charging import left_of, unused
from serai.modules.billing.subscriptions.history import new_event
from serai.modules.billing.subscriptions.pricing_context import PricingContext, read_pricing
from serai.modules.billing.subscriptions.quoting import Totals
from serai.modules.billing.subscriptions.renewal import Decision, unpause
from serai.modules.billing.subscriptions.state import State

When = Literal["now", "period_end"]
_CREDITED = ("active", "past_due", "suspended")


async def cancel(
    session: Session, actor: Actor, subscription_id: str, when: When, *, reason: str = "by_customer"
) -> State:
    """At once, with what is left of the period credited to the wallet; or at its end."""
    state = await load_own(session, actor, subscription_id)
    if not is_possible(state, "cancel"):
        raise WrongStatus(_("This subscription has ended already."))
    at = clock.now()
    if state.status == "incomplete":
        after = await ordering.give_up(session, actor, state, reason, at)
        await invoicing.tell(session, actor, "ended", state, after)
        return after
    if when == "period_end" and state.status != "paused":
        after = await store.record_one(
            session, actor, state, at, new_event("cancellation_scheduled", reason=reason)
        )
        await invoicing.tell(session, actor, "cancellation_scheduled", state, after)
        return after
    return await _cancel_now(session, actor, state, reason, at)


async def preview_cancellation(session: Session, actor: Actor, subscription_id: str) -> Totals | None:
    """What cancelling it now would bill (what was used) and give back (below zero), decided and reckoned as
    the cancellation is; None for nothing. Writes nothing."""
    state, at = await reading.find(session, actor, subscription_id), clock.now()
    if state.is_over or state.status == "incomplete":
        return None
    pricing = await read_pricing(session, [state], at)
    decision = _cancelled(state, pricing, at, "by_customer")
    found = await quoting.foresee(session, [(state, decision)], pricing)
    return found[0][1] if found else None


async def withdraw_cancellation(session: Session, actor: Actor, subscription_id: str) -> State:
    state = await load_own(session, actor, subscription_id)
    if not is_possible(state, "keep"):
        raise WrongStatus(_("No cancellation is planned."))
    after = await store.record_one(session, actor, state, clock.now(), new_event("cancellation_withdrawn"))
    await invoicing.tell(session, actor, "cancellation_withdrawn", state, after)
    return after


async def pause(
    session: Session, actor: Actor, subscription_id: str, when: When, *,
    resume_at: datetime | None = None, reason: str | None = None,
) -> State:  # fmt: skip
    """The system rests and nothing is billed. What is left of a paid period is kept for later. What is not
    paid cannot be paused, unless it is for a `reason` of the platform's."""
    state = await load_own(session, actor, subscription_id)
    at = clock.now()
    if reason is None and await owes_anything(session, state):
        raise WrongStatus(_("An invoice of it is open. Pay that first, then pause it."))
    if not is_possible(state, "pause"):
        raise WrongStatus(_("Only what is active and paid can be paused."))
    if resume_at is not None and resume_at <= at:
        raise Invalid(_("It resumes after it was paused."), fields={"resume_at": _("Choose a later day.")})
    if when == "period_end":
        event = new_event("pause_scheduled", resume_at=resume_at)
        after = await store.record_one(session, actor, state, at, event)
        await invoicing.tell(session, actor, "pause_scheduled", state, after)
        return after
    assert state.period_end is not None
    left = {item.id: left_of(state, item, at) for item in state.plan.items}
    event = new_event(
        "paused", remaining=(state.period_end - at).total_seconds(), charged=left, resume_at=resume_at,
        reason=reason,
    )  # fmt: skip
    usage = (state.usage_from, at) if state.usage_from else None
    decision = Decision((event,), usage=usage, tells="paused")
    pricing = await read_pricing(session, [state], at)
    return (await invoicing.apply(session, actor, [(state, decision)], pricing, at))[0].after


async def resume(session: Session, actor: Actor, subscription_id: str) -> State:
    """End a pause: the kept time runs on, and then it renews. One that is only planned is taken back."""
    state = await load_own(session, actor, subscription_id)
    if state.status != "paused" and state.pause_at_end:
        after = await store.record_one(session, actor, state, clock.now(), new_event("pause_withdrawn"))
        await invoicing.tell(session, actor, "pause_withdrawn", state, after)
        return after
    if not is_possible(state, "resume"):
        raise WrongStatus(_("Only what is paused can be resumed."))
    if await owes(session, state):
        raise WrongStatus(_("An invoice of it is overdue. Pay that first, then it goes on."))
    at = clock.now()
    pricing = await read_pricing(session, [state], at)
    decision = unpause(state, pricing, at)
    after = (await invoicing.apply(session, actor, [(state, decision)], pricing, at))[0].after
    await stock.follow(session, [(state, after)])
    return after


async def give_back(session: Session, actor: Actor, subscription_id: str, reason: str) -> State:
    """What was ordered could not be delivered: end it, and credit all that was charged for it."""
    state, at = await store.load(session, subscription_id), clock.now()
    if state.is_over:
        return state
    if state.status == "incomplete":
        after = await ordering.give_up(session, actor, state, reason, at)
    else:
        for invoice_id, lines in (await invoice_queries.charged_lines(session, state.id)).items():
            key = f"{state.id}/given_back/{invoice_id}"
            if left := await _still_to_credit(session, invoice_id, lines):
                await crediting.credit(session, invoice_id, left, at, reason=reason, key=key, net=True)
        after = await ordering.give_up(session, actor, state, reason, at)
    await invoicing.tell(session, actor, "ended", state, after)
    return after


async def _still_to_credit(session: Session, invoice_id: str, lines: Sequence[LineDraft]) -> list[LineDraft]:
    """All of these lines, less what was credited of their invoice before."""
    invoice = await invoice_queries.locked(session, invoice_id)
    if not invoice.credited:
        return list(lines)
    left = invoice.total - invoice.credited
    return crediting.within(lines, left * invoice.subtotal // invoice.total if invoice.total else 0)


async def _cancel_now(session: Session, actor: Actor, state: State, reason: str, at: datetime) -> State:
    pricing = await read_pricing(session, [state], at)
    decision = _cancelled(state, pricing, at, reason)
    done = await invoicing.apply(session, actor, [(state, decision)], pricing, at, reason="cancellation")
    await stock.give_back_all(session, state)
    return done[0].after


def _cancelled(state: State, pricing: PricingContext, at: datetime, reason: str) -> Decision:
    """At once: what is left of the period is given back, what was used is billed."""
    lines = unused(state, state.plan.items, at, pricing).lines if state.status in _CREDITED else ()
    usage = (state.usage_from, at) if state.usage_from and state.status != "paused" else None
    if state.status == "paused":
        lines = _kept(state, at)
    return Decision((new_event("cancelled", reason=reason),), lines, usage=usage, tells="ended")


def _kept(state: State, at: datetime) -> tuple[LineDraft, ...]:
    """What a paused subscription still has is worth what its items' rest was worth when it was paused."""
    return tuple(
        LineDraft(
            kind="credit", text={"key": "unused", "name": {"en": item.package}, "kind": item.kind},
            gross=-item.charged, subscription_id=state.id, item_id=item.id, product_id=item.product_id,
            package_id=item.package_id, period=(at, at),
        )
        for item in state.plan.items
        if item.charged
    )  # fmt: skip
