"""How a subscription stands with its payments: past due, suspended, paid up again, given up."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from serai.kit.actor import SYSTEM
from serai.kit.db import Session
from serai.modules.billing.invoices import queries as invoice_queries
from serai.modules.billing.invoices.models import Invoice
from serai.modules.billing.subscriptions import invoicing, ordering, stock, store
from serai.modules.billing.subscriptions.actions import owes
from serai.modules.billing.subscriptions.history import new_event
from serai.modules.billing.subscriptions.pricing_context import read_pricing
from serai.modules.billing.subscriptions.renewal import begin
from serai.modules.billing.subscriptions.state import State

_LONGEST_WAIT = timedelta(days=14)


async def payment_failed(session: Session, invoice: Invoice, at: datetime) -> list[State]:
    """An invoice could not be collected: what it is for is past due."""
    return await _each(session, invoice, ("active",), "payment_failed", "past_due", at)


async def wait_longer(session: Session, invoice: Invoice, until: datetime, at: datetime) -> None:
    """Money for this order is on its way, which takes days: its name and room are kept so long."""
    for state in await _of(session, invoice):
        until = min(until, state.created_at + _LONGEST_WAIT)
        if state.status == "incomplete" and (state.waits_until is None or state.waits_until < until):
            await store.record_one(session, SYSTEM, state, at, new_event("waiting", until=until))


async def suspend(session: Session, invoice: Invoice, at: datetime) -> list[State]:
    return await _each(session, invoice, ("active", "past_due"), "suspended", "suspended", at)


async def terminate(session: Session, invoice: Invoice, at: datetime) -> list[State]:
    """The dunning has come to its end."""
    changed = []
    for state in await _of(session, invoice):
        if state.is_over:
            continue
        after = await store.record_one(session, SYSTEM, state, at, new_event("ended", reason="unpaid"))
        await stock.give_back_all(session, state)
        await invoicing.tell(session, SYSTEM, "ended", state, after)
        changed.append(after)
    return changed


async def settled(session: Session, invoice: Invoice, at: datetime) -> list[State]:
    """An invoice is paid: what stood still for it goes on, unless another one keeps it."""
    changed = []
    for state in await _of(session, invoice):
        if state.status == "incomplete" and state.order_invoice_id == invoice.id:
            changed.append(await ordering.activate(session, SYSTEM, state, at))
        elif state.status in {"past_due", "suspended"} and not await owes(session, state):
            changed.append(await _go_on(session, state, at))
    return changed


async def _go_on(session: Session, state: State, at: datetime) -> State:
    """Time in which the system stood still is not billed: after it, a new period begins."""
    if state.status == "suspended" and state.period_end is not None and state.period_end <= at:
        pricing = await read_pricing(session, [state], at)
        usage = (state.usage_from, at) if state.usage_from else None
        decision = begin(state, pricing, at, tells="resumed", usage=usage)
        after = (await invoicing.apply(session, SYSTEM, [(state, decision)], pricing, at))[0].after
        await stock.follow(session, [(state, after)])
        return after
    word = "resumed" if state.status == "suspended" else "paid_up"
    after = await store.record_one(session, SYSTEM, state, at, new_event(word))
    await invoicing.tell(session, SYSTEM, word, state, after)
    return after


async def _each(
    session: Session, invoice: Invoice, statuses: Sequence[str], event: str, tells: str, at: datetime
) -> list[State]:
    changed = []
    for state in await _of(session, invoice):
        if state.status in statuses:
            after = await store.record_one(session, SYSTEM, state, at, new_event(event, invoice_id=invoice.id))
            await invoicing.tell(session, SYSTEM, tells, state, after)
            changed.append(after)
    return changed


async def _of(session: Session, invoice: Invoice) -> list[State]:
    ids = sorted(await invoice_queries.subscriptions_of(session, invoice.id))
    return [await store.load(session, each) for each in ids]
