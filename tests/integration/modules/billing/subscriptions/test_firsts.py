"""What an account gets once: free time, and what is off for a first purchase."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from serai.kit.actor import SYSTEM, Actor
from serai.modules import billing, catalog
from serai.modules.billing import subscriptions
from serai.modules.billing.errors import WrongStatus
from serai.modules.billing.subscriptions import Choice, Order
from tests.integration.modules.billing.shop import Shop


@pytest.fixture
async def first_only(shop: Shop) -> str:
    terms = catalog.CouponTerms(bps=9000, first_purchase_only=True)
    await shop.do(catalog.add_coupon, SYSTEM, "FIRST", catalog.CouponSettings(terms=terms))
    return "FIRST"


async def at_once(shop: Shop, buyer: Actor, wanted: Order) -> list[subscriptions.Ordered | BaseException]:
    async def one() -> subscriptions.Ordered:
        async with shop.world.database.acting(buyer).transaction() as session:
            return await subscriptions.order(session, buyer, wanted)

    return await asyncio.gather(*(one() for _ in range(5)), return_exceptions=True)


async def test_of_five_trials_ordered_at_once_one_is_free(shop, buyer):
    found = await at_once(shop, buyer, Order(Choice("shop", "starter", "monthly")))
    assert sorted(each.state.status for each in found) == ["incomplete"] * 4 + ["trialing"]


async def test_of_five_orders_at_once_one_is_the_first_purchase(shop, buyer, first_only):
    wanted = Order(Choice("shop", "business", "monthly"), codes=(first_only,))
    found = await at_once(shop, buyer, wanted)
    refused = [each for each in found if isinstance(each, catalog.CouponRefused)]
    assert len(refused) == 4
    assert [invoice.total for invoice in await shop.invoices(buyer)] == [300]


async def leave_unpaid(shop: Shop, buyer: Actor) -> None:
    await shop.order(buyer)


async def try_free(shop: Shop, buyer: Actor) -> None:
    await shop.order(buyer, trial=True)


async def buy_and_cancel(shop: Shop, buyer: Actor) -> None:
    await shop.fill(buyer, 1000)
    made = await shop.order(buyer)
    await shop.do(subscriptions.cancel, buyer, made.state.id, "now")


@pytest.mark.parametrize("before", [leave_unpaid, try_free, buy_and_cancel])
async def test_whoever_ordered_before_does_not_buy_for_the_first_time(
    shop, buyer, first_only, before: Callable[[Shop, Actor], Awaitable[None]]
):
    await before(shop, buyer)
    with pytest.raises(catalog.CouponRefused):
        await shop.order(buyer, "business", codes=(first_only,))


async def give_the_order_up(shop: Shop, buyer: Actor) -> None:
    made = await shop.order(buyer)
    await shop.do(subscriptions.cancel, buyer, made.state.id, "now")


async def get_nothing(shop: Shop, buyer: Actor) -> None:
    await shop.fill(buyer, 1000)
    made = await shop.order(buyer)
    await shop.do(subscriptions.give_back, SYSTEM, made.state.id, "launch_failed")


@pytest.mark.parametrize("before", [give_the_order_up, get_nothing])
async def test_what_came_to_nothing_was_no_purchase(
    shop, buyer, first_only, before: Callable[[Shop, Actor], Awaitable[None]]
):
    await shop.profile(buyer, use_wallet=True)
    await before(shop, buyer)
    await shop.order(buyer, "business", codes=(first_only,))
    assert (await shop.invoices(buyer))[-1].total == 300


async def test_a_coupon_used_for_what_failed_can_be_used_again(shop, buyer):
    terms = catalog.CouponTerms(bps=9000, duration="once")
    settings = catalog.CouponSettings(terms=terms, max_redemptions=1)
    await shop.do(catalog.add_coupon, SYSTEM, "ONCE", settings)
    await shop.fill(buyer, 1000)
    made = await shop.order(buyer, "business", codes=("ONCE",))
    await shop.do(subscriptions.give_back, SYSTEM, made.state.id, "launch_failed")
    await shop.order(buyer, "business", codes=("ONCE",))
    assert (await shop.invoices(buyer))[-1].total == 300


@pytest.mark.parametrize("when", ["now", "period_end"])
async def test_a_trial_is_not_taken_along_to_what_offers_none(shop, buyer, when):
    made = await shop.order(buyer, trial=True)
    business = Choice("shop", "business", "monthly")
    for asked in (subscriptions.preview_change, subscriptions.change):
        with pytest.raises(WrongStatus, match="Business has no free trial"):
            await shop.do(asked, buyer, made.state.id, business, when)
    assert (await shop.state(made.state)).plan.base.package == "starter"
    more = Choice("shop", "starter", "monthly", addons={"disk": 1})
    state, _invoice = await shop.do(subscriptions.change, buyer, made.state.id, more, "now")
    assert (state.status, len(state.plan.items)) == ("trialing", 2)


async def test_from_a_trial_one_may_change_to_what_is_free_anyway(shop, buyer):
    made = await shop.order(buyer, trial=True)
    free = Choice("shop", "free", "monthly")
    state, _invoice = await shop.do(subscriptions.change, buyer, made.state.id, free, "now")
    assert (state.status, state.plan.base.package) == ("trialing", "free")
    await shop.at(state.trial_end)
    assert (await shop.state(state)).status == "active"
    assert await shop.do(billing.subscriptions.rebuild, state.id) == await shop.state(state)
