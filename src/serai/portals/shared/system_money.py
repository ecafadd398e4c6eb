"""What a system is paid by, for its page."""

from dataclasses import dataclass

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.money import Money
from serai.modules import billing, launches


@dataclass(frozen=True, slots=True)
class SystemMoney:
    """`pay_id`, `due`: the order or the oldest invoice that is to be paid, if there is one."""

    state: billing.subscriptions.State
    pay_id: str | None
    due: Money | None


async def money_of(session: Session, actor: Actor, launch: launches.Launch) -> SystemMoney | None:
    """None for a system of before, and for who may not see what it costs."""
    if not billing.policy.READ.allows(actor, account_id=launch.account_id):
        return None
    state = await billing.subscriptions.of_launch(session, launch.id)
    if state is None:
        return None
    invoice = next(iter(await billing.subscriptions.to_pay(session, actor, state)), None)
    if invoice is None:
        return SystemMoney(state, None, None)
    return SystemMoney(state, invoice.id, Money(invoice.due, invoice.currency))
