"""What subscriptions hold of packages that are scarce.

What is planned is held from the day it is planned, so that nobody else can buy it before the change.
"""

from collections import Counter
from collections.abc import Sequence

import msgspec

from serai.kit.db import Session, as_platform
from serai.modules import catalog
from serai.modules.billing.subscriptions.state import Plan, State


def held(state: State) -> Counter[str]:
    """How many of each package, by id: for what it is and for what it is to be, whichever is more."""
    if state.is_over:
        return Counter()
    now = _of(state.plan)
    return now | _of(state.pending) if state.pending else now


async def follow(session: Session, changes: Sequence[tuple[State, State]]) -> None:
    """Take what each subscription holds more after than before, and give back what it holds less.

    In one order, so that two at once never wait for each other. Raises SoldOut.
    """
    more: Counter[str] = Counter()
    for before, after in changes:
        more.update(held(after))
        more.subtract(held(before))
    if not any(more.values()):
        return
    async with as_platform(session):  # packages are everybody's
        for package_id, quantity in sorted(more.items()):
            if quantity > 0:
                await catalog.take_stock(session, package_id, quantity)
            elif quantity < 0:
                await catalog.give_back_stock(session, package_id, -quantity)


async def give_back_all(session: Session, state: State) -> None:
    """With `state` as it was before its end."""
    await follow(session, [(state, msgspec.structs.replace(state, status="ended"))])


def _of(plan: Plan) -> Counter[str]:
    found: Counter[str] = Counter()
    for item in plan.items:
        found[item.package_id] += item.quantity
    return found
