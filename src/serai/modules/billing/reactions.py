"""Subscriptions follow their account: at rest nothing is billed, and with its end they end."""

from serai.kit import events
from serai.kit.actor import SYSTEM
from serai.kit.db import Session
from serai.modules.billing import subscriptions
from serai.modules.billing.subscriptions import queries, store
from serai.modules.billing.subscriptions.state import State


@events.subscribe("identity.account_deactivated")
async def rest(session: Session, event: events.Event) -> None:
    """What is paid for is kept until the account comes back."""
    for state in await _running(session, event.subject):
        if state.status == "active":
            await subscriptions.pause(session, SYSTEM, state.id, "now", reason=subscriptions.AT_REST)
        elif state.status == "incomplete":
            await subscriptions.cancel(session, SYSTEM, state.id, "now", reason=subscriptions.AT_REST)


@events.subscribe("identity.account_reactivated")
async def come_back(session: Session, event: events.Event) -> None:
    """Only what rested with the account: a pause of the customer's own lasts on."""
    for state in await _running(session, event.subject):
        if state.status == "paused" and state.reason == subscriptions.AT_REST:
            await subscriptions.resume(session, SYSTEM, state.id)


@events.subscribe("identity.account_deleted")
async def end(session: Session, event: events.Event) -> None:
    """What is left of paid time goes into the wallet, where staff find it."""
    for state in await _running(session, event.subject):
        await subscriptions.cancel(session, SYSTEM, state.id, "now", reason="account_deleted")


async def _running(session: Session, account_id: str) -> list[State]:
    rows = await queries.of_account(session, account_id, over=False)
    return [await store.load(session, row.id) for row in rows]
