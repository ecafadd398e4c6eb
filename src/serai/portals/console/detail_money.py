"""What a system is paid by, for its page."""

from dataclasses import dataclass

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.money import Money
from serai.modules import billing, launches
from serai.modules.billing.subscriptions import State


@dataclass(frozen=True, slots=True)
class SystemMoney:
    """`pay_id`, `due`: the order or the oldest invoice that is to be paid, if there is one."""

    state: State
    pay_id: str | None
    due: Money | None


async def money_of(session: Session, actor: Actor, launch: launches.Launch) -> SystemMoney | None:
    """None for a system of before, and for who may not see what it costs."""
    if not billing.policy.READ.allows(actor, account_id=launch.account_id):
        return None
    state = await billing.subscriptions.of_launch(session, launch.id)
    if state is None:
        return None
    invoice = await _to_pay(session, state)
    if invoice is None:
        return SystemMoney(state, None, None)
    return SystemMoney(state, invoice.id, Money(invoice.due, invoice.currency))


async def _to_pay(session: Session, state: State) -> billing.invoices.Invoice | None:
    if state.status == "incomplete" and state.order_invoice_id:
        return await session.get(billing.invoices.Invoice, state.order_invoice_id)
    found = await billing.invoices.queries.open_of_subscription(session, state.id)
    return found[0] if found else None
