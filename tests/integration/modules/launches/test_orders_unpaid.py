"""What is not paid, or has no room yet, takes nothing from others and is not forgotten."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.errors import Conflict
from serai.modules import launches
from serai.modules.billing.subscriptions import Choice
from tests.factories import World
from tests.integration.modules.billing.products import shop_blueprint
from tests.integration.modules.billing.shop import Shop
from tests.integration.modules.launches.test_paid_for import paid, place, run_all

APRIL = datetime(2026, 4, 1, 12, tzinfo=UTC)
ROOM = "UPDATE servers SET memory = :memory RETURNING id"


@pytest.fixture
async def shop(world: World, moving: clock.MovableClock) -> Shop:
    await world.server(capacity=6)
    await world.product(shop_blueprint())
    made = Shop(world, moving)
    await made.open_sandbox()
    return made


@pytest.fixture
async def buyer(shop: Shop) -> Actor:
    return await shop.world.account()


async def test_unpaid_orders_leave_room_for_others(shop, buyer):
    waiting = [await place(shop, buyer, f"squat{number}") for number in range(3)]
    with pytest.raises(Conflict, match="3 orders that are not paid yet"):
        await place(shop, buyer, "squat3")
    assert len(await shop.rows("SELECT id FROM launches")) == 3
    await place(shop, await shop.world.account(), "honest")
    await shop.pay(buyer, waiting[0].to_pay)
    await run_all(shop)
    assert (await place(shop, buyer, "squat3")).launch.state == "awaiting_payment"


async def test_what_needs_no_payment_is_not_kept_back_by_what_does(shop, buyer):
    for number in range(3):
        await place(shop, buyer, f"squat{number}")
    assert (await place(shop, buyer, "free", trial=True)).operation is not None


async def test_of_five_orders_at_once_three_may_wait_for_their_payment(shop, buyer):
    made = await asyncio.gather(
        *(place(shop, buyer, f"squat{number}") for number in range(5)), return_exceptions=True
    )
    assert sum(isinstance(each, Conflict) for each in made) == 2
    assert len(await shop.rows("SELECT id FROM launches WHERE state = 'awaiting_payment'")) == 3


@pytest.fixture
async def grown(shop: Shop) -> int:
    """Business needs twice as much memory as starter, and a disk as much again: the memory of a starter."""
    async with shop.world.database.transaction() as session:
        query = "SELECT (resources->>'memory')::bigint FROM packages WHERE key = 'starter'"
        memory = int((await session.execute(text(query))).scalar_one())
        for key in ("business", "disk"):
            more = memory * 2 if key == "business" else memory
            await session.execute(
                text(
                    "UPDATE packages SET resources = coalesce(CAST(resources AS jsonb), '{}')"
                    " || jsonb_build_object('memory', CAST(:more AS bigint)) WHERE key = :key"
                ),
                {"more": more, "key": key},
            )
    return memory


@pytest.mark.parametrize(
    "wanted",
    [Choice("shop", "business", "monthly"), Choice("shop", "starter", "monthly", addons={"disk": 1})],
    ids=["package", "addon"],
)
async def test_a_planned_upgrade_without_room_comes_as_soon_as_there_is_some(shop, buyer, grown, wanted):
    launch = await paid(shop, buyer)
    await shop.fill(buyer, 10_000)
    await shop.rows(ROOM, memory=grown + 1)
    await shop.do(launches.change_plan, buyer, launch.subscription_id, wanted, "period_end")
    shop.clock.move(APRIL - clock.now())
    await shop.world.run_schedules("billing.queue_renewals")
    await run_all(shop)
    bells = "SELECT title FROM notifications WHERE title LIKE '%as soon as its server has room%'"
    assert len(await shop.rows(bells)) == 1
    await shop.world.run_schedules("launches.queue_subscriptions")
    assert len(await shop.rows(bells)) == 1
    assert (await shop.world.find(launch.id)).package == "starter"
    await shop.rows(ROOM, memory=grown * 6)
    await shop.world.run_schedules("launches.queue_subscriptions")
    await run_all(shop)
    seen = await shop.world.find(launch.id)
    assert (seen.package, seen.state) == (wanted.package, "running")
    assert seen.resources["memory"] == grown * 2
    operations = "SELECT count(*) AS many FROM operations"
    before = await shop.rows(operations)
    await shop.world.run_schedules("launches.queue_subscriptions")
    assert await shop.rows(operations) == before
