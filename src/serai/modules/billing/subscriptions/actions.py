"""What can be done with a subscription: pages ask before, services when it is done."""

from collections.abc import Callable, Mapping
from typing import Literal

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.billing import policy
from serai.modules.billing.invoices import queries as invoice_queries
from serai.modules.billing.subscriptions.state import SERVED, State

Action = Literal["change", "cancel", "keep", "keep-plan", "pause", "resume"]


def is_possible(state: State, action: Action) -> bool:
    """As the subscription stands, whatever is owed."""
    return _POSSIBLE[action](state)


async def allowed_actions(session: Session, actor: Actor, state: State) -> frozenset[Action]:
    """What the actor may do with it just now."""
    if not policy.SUBSCRIBE.allows(actor, account_id=state.account_id):
        return frozenset()
    found = {action for action, possible in _POSSIBLE.items() if possible(state)}
    if await owes_anything(session, state):
        found.discard("pause")
    if state.status == "paused" and await owes(session, state):
        found.discard("resume")
    return frozenset(found)


async def owes(session: Session, state: State) -> bool:
    """Whether one of its invoices is overdue."""
    found = await invoice_queries.open_of_subscription(session, state.id)
    return any(each.dunning_since is not None for each in found)


async def owes_anything(session: Session, state: State) -> bool:
    """Whether one of its invoices is open, overdue or not."""
    return bool(await invoice_queries.open_of_subscription(session, state.id))


_POSSIBLE: Mapping[Action, Callable[[State], bool]] = {
    "change": lambda state: state.status in SERVED,
    "cancel": lambda state: not state.is_over,
    "keep": lambda state: state.cancel_at_end and not state.is_over,
    "keep-plan": lambda state: state.pending is not None,
    "pause": lambda state: state.status == "active",
    "resume": lambda state: state.status == "paused" or state.pause_at_end,
}
