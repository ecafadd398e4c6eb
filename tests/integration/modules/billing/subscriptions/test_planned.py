"""What a customer planned stays planned, whatever else happens meanwhile."""

from datetime import UTC, datetime

import pytest

from serai.kit.actor import SYSTEM, Actor
from serai.modules import identity
from serai.modules.billing import subscriptions
from serai.modules.billing.errors import WrongStatus
from serai.modules.billing.subscriptions import Choice, State
from tests.integration.modules.billing.shop import Shop

APRIL = datetime(2026, 4, 1, 12, tzinfo=UTC)


async def test_a_planned_downgrade_is_not_dropped_by_a_change_at_once(shop, buyer):
    await shop.fill(buyer, 10_000)
    made = await shop.order(buyer, "business")
    down, more = (
        Choice("shop", "starter", "monthly"),
        Choice("shop", "business", "monthly", addons={"disk": 1}),
    )
    await shop.do(subscriptions.change, buyer, made.state.id, down, "period_end")
    for asked in (subscriptions.preview_change, subscriptions.change):
        with pytest.raises(WrongStatus, match="Take that one back first"):
            await shop.do(asked, buyer, made.state.id, more, "now")
    assert (await shop.state(made.state)).pending.base.package == "starter"
    await shop.do(subscriptions.withdraw_change, buyer, made.state.id)
    state, _invoice = await shop.do(subscriptions.change, buyer, made.state.id, more, "now")
    assert len(state.plan.items) == 2


async def rest_and_come_back(shop: Shop, buyer: Actor) -> None:
    await shop.do(identity.accounts.deactivate, SYSTEM, buyer.account_id)
    await shop.work()
    await shop.do(identity.accounts.reactivate, SYSTEM, buyer.account_id)
    await shop.work()


async def paused(shop: Shop, buyer: Actor) -> State:
    """As the customer planned it: the system begins the pause when the period ends."""
    await shop.fill(buyer, 10_000)
    made = await shop.order(buyer)
    await shop.do(subscriptions.pause, buyer, made.state.id, "period_end")
    await shop.work(APRIL)
    return await shop.state(made.state)


async def test_a_pause_the_customer_planned_outlasts_the_account_s_rest(shop, buyer):
    state = await paused(shop, buyer)
    assert state.status == "paused"
    await rest_and_come_back(shop, buyer)
    assert (await shop.state(state)).status == "paused"
    assert len(await shop.invoices(buyer)) == 1


async def test_what_rested_with_the_account_comes_back_with_it(shop, buyer):
    await shop.fill(buyer, 10_000)
    made = await shop.order(buyer)
    await shop.do(identity.accounts.deactivate, SYSTEM, buyer.account_id)
    await shop.work()
    assert (await shop.state(made.state)).status == "paused"
    await shop.do(identity.accounts.reactivate, SYSTEM, buyer.account_id)
    await shop.work()
    assert (await shop.state(made.state)).status == "active"
