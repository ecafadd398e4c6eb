"""What is scarce is held by whoever has it or will have it, and by nobody else, and is free again after."""

from datetime import UTC, datetime, timedelta

import pytest

from serai.kit import clock
from serai.kit.actor import SYSTEM, Actor
from serai.modules import billing, catalog
from serai.modules.billing import subscriptions
from serai.modules.billing.subscriptions import Choice
from tests.integration.modules.billing.shop import Shop

SCARCE, PLAIN = Choice("shop", "scarce", "monthly"), Choice("shop", "starter", "monthly")
BUSINESS = Choice("shop", "business", "monthly")


async def left(shop: Shop) -> int:
    return (await shop.rows("SELECT stock FROM packages WHERE key = 'scarce'"))[0]["stock"]


async def next_month(shop: Shop) -> None:
    await shop.at(datetime(2026, 4, 1, 12, tzinfo=UTC))


@pytest.fixture
async def rich(shop: Shop, buyer: Actor) -> Actor:
    await shop.fill(buyer, 100_000)
    return buyer


async def planned(shop: Shop, buyer: Actor) -> subscriptions.State:
    """A running subscription that becomes the last scarce one next month."""
    made = await shop.order(buyer)
    state, _invoice = await shop.do(subscriptions.change, buyer, made.state.id, SCARCE, "period_end")
    assert await left(shop) == 0
    return state


async def test_the_last_one_can_be_planned_once_and_is_one_again_in_the_end(shop, rich):
    first = await planned(shop, rich)
    other = await shop.order(rich)
    with pytest.raises(catalog.SoldOut):
        await shop.do(subscriptions.change, rich, other.state.id, SCARCE, "period_end")
    with pytest.raises(catalog.SoldOut):
        await shop.order(rich, "scarce")
    await next_month(shop)
    assert (await shop.state(first)).plan.base.package == "scarce"
    assert await left(shop) == 0
    await shop.do(subscriptions.cancel, rich, first.id, "now")
    await shop.do(subscriptions.cancel, rich, other.state.id, "now")
    assert await left(shop) == 1


async def test_a_plan_that_is_taken_back_holds_nothing(shop, rich):
    state = await planned(shop, rich)
    await shop.do(subscriptions.withdraw_change, rich, state.id)
    assert await left(shop) == 1


async def test_another_plan_in_its_place_holds_what_it_needs_itself(shop, rich):
    state = await planned(shop, rich)
    await shop.do(subscriptions.change, rich, state.id, SCARCE, "period_end")
    assert await left(shop) == 0
    await shop.do(subscriptions.change, rich, state.id, BUSINESS, "period_end")
    assert await left(shop) == 1


async def test_what_is_planned_to_be_left_is_held_until_then(shop, rich):
    made = await shop.order(rich, "scarce")
    await shop.do(subscriptions.change, rich, made.state.id, PLAIN, "period_end")
    assert await left(shop) == 0
    await next_month(shop)
    assert await left(shop) == 1


async def test_a_change_at_once_moves_it_also_for_the_customer_s_own_eyes(shop, rich):
    made = await shop.order(rich)

    async def own(function, *arguments):
        async with shop.world.database.acting(rich).transaction() as session:
            return await function(session, rich, made.state.id, *arguments)

    await own(subscriptions.change, SCARCE, "now")
    assert await left(shop) == 0
    await own(subscriptions.change, PLAIN, "now")
    assert await left(shop) == 1


@pytest.mark.parametrize("end", ["now", "period_end", "not_delivered"])
async def test_however_it_ends_what_was_planned_is_free_again(shop, rich, end):
    state = await planned(shop, rich)
    if end == "not_delivered":
        await shop.do(subscriptions.give_back, SYSTEM, state.id, "launch_failed")
    else:
        await shop.do(subscriptions.cancel, rich, state.id, end)
        await next_month(shop)
    assert (await shop.state(state)).is_over
    assert await left(shop) == 1


async def test_a_pause_that_ends_in_another_package_frees_the_one_of_before(shop, rich):
    made = await shop.order(rich, "scarce")
    await shop.do(subscriptions.change, rich, made.state.id, PLAIN, "period_end")
    await shop.do(subscriptions.pause, rich, made.state.id, "period_end")
    await next_month(shop)
    shop.clock.move(timedelta(days=3))
    await shop.do(subscriptions.resume, rich, made.state.id)
    assert (await shop.state(made.state)).plan.base.package == "starter"
    assert await left(shop) == 1


async def suspended(shop: Shop, buyer: Actor, package: str, then: Choice) -> subscriptions.State:
    """Its second month was not paid, and another package was planned while there was time for it."""
    await shop.fill(buyer, 1000)
    made = await shop.order(buyer, package)
    await shop.work(datetime(2026, 4, 1, 12, tzinfo=UTC))
    await shop.do(subscriptions.change, buyer, made.state.id, then, "period_end")
    for number in (2, 4, 6, 8, 9):
        await shop.work(datetime(2026, 4, number, 12, tzinfo=UTC))
    state = await shop.state(made.state)
    assert (state.status, await left(shop)) == ("suspended", 0)
    return state


async def test_unpaid_to_the_end_what_was_planned_is_free_again(shop, buyer):
    state = await suspended(shop, buyer, "starter", SCARCE)
    for _ in range(4):
        await shop.work(clock.now() + timedelta(days=20))
    assert (await shop.state(state)).reason == "unpaid"
    assert await left(shop) == 1


async def test_paid_late_it_goes_on_as_planned_and_frees_what_it_was(shop, buyer):
    state = await suspended(shop, buyer, "scarce", PLAIN)
    shop.clock.move(datetime(2026, 5, 3, 12, tzinfo=UTC) - clock.now())
    await shop.fill(buyer, 10_000)
    await shop.do(billing.payments.overdue.settle_from_wallet, buyer.account_id)
    assert (await shop.state(state)).plan.base.package == "starter"
    assert await left(shop) == 1
