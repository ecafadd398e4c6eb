"""Systems and their subscriptions: room before money, money before the launch, and no service without it."""

from datetime import UTC, datetime, timedelta

import pytest

from serai.kit import clock
from serai.kit.actor import SYSTEM, Actor
from serai.kit.errors import Invalid
from serai.modules import billing, fleet, launches, operations
from serai.modules.billing.subscriptions import Choice
from tests.factories import World
from tests.integration.modules.billing.products import shop_blueprint
from tests.integration.modules.billing.shop import NO_FUNDS, Shop


@pytest.fixture
async def shop(world: World, moving: clock.MovableClock) -> Shop:
    await world.server(capacity=2)
    await world.product(shop_blueprint())
    made = Shop(world, moving)
    await made.open_sandbox()
    return made


@pytest.fixture
async def buyer(shop: Shop) -> Actor:
    return await shop.world.account()


async def place(shop: Shop, actor: Actor, name: str = "acme", **more) -> launches.Launched:
    asked = {"product": "shop", "package": "starter", "period": "monthly", "trial": False} | more
    platform = shop.world.platform
    order = launches.Order(name=name, email="sara@example.com", **asked)
    return await shop.do(launches.place, actor, platform.settings, platform.vault, order)


async def run_all(shop: Shop) -> None:
    """Every operation that waits, and every event, until nothing is left to do."""
    for _ in range(6):
        await shop.world.handle_events()
        rows = await shop.rows("SELECT id FROM operations WHERE state = 'queued' ORDER BY id")
        for row in rows:
            await shop.world.run(row["id"])
        if not rows and not await shop.world.handle_events():
            return


async def paid(shop: Shop, buyer: Actor, **more) -> launches.Launch:
    """A running system whose first month a card paid."""
    made = await place(shop, buyer, **more)
    await shop.pay(buyer, made.to_pay, save=True)
    await run_all(shop)
    return await shop.world.find(made.launch.id)


async def test_an_order_holds_its_name_and_room_until_it_is_paid_and_then_launches(shop, buyer):
    made = await place(shop, buyer)
    assert (made.launch.state, made.operation) == ("awaiting_payment", None)
    assert await shop.do(fleet.allocation, made.launch.id) is not None
    with pytest.raises(launches.NameTaken):
        await place(shop, buyer)
    await shop.pay(buyer, made.to_pay)
    await run_all(shop)
    assert (await shop.world.find(made.launch.id)).state == "running"


async def test_an_order_that_is_not_paid_gives_its_room_to_others(shop, buyer):
    made = await place(shop, buyer)
    await shop.pay(buyer, made.to_pay, NO_FUNDS)
    await shop.work(clock.now() + timedelta(hours=25))
    await run_all(shop)
    assert (await shop.world.find(made.launch.id)).state == "cancelled"
    assert await shop.do(fleet.allocation, made.launch.id) is None
    assert (await place(shop, buyer)).launch.state == "awaiting_payment"


async def test_nothing_is_charged_where_there_is_no_room(shop, buyer):
    await shop.fill(buyer, 10_000)
    for name in ("one", "two"):
        await place(shop, buyer, name)
    before = await shop.wallet(buyer)
    with pytest.raises(fleet.NoCapacity):
        await place(shop, buyer, "three")
    assert await shop.wallet(buyer) == before
    assert len(await shop.rows("SELECT id FROM subscriptions")) == 2


async def test_a_launch_that_fails_for_good_gives_the_money_back_to_the_card(shop, buyer):
    made = await place(shop, buyer)
    await shop.pay(buyer, made.to_pay)
    shop.world.faults.before["runtime.start"] = Invalid("no such luck")
    await run_all(shop)
    await shop.work()
    assert (await shop.world.find(made.launch.id)).state == "failed"
    assert (await shop.rows("SELECT state, amount FROM payment_refunds")) == [
        {"state": "succeeded", "amount": 1000}
    ]
    assert await shop.wallet(buyer) == 0
    assert (await shop.rows("SELECT status, state->>'reason' AS reason FROM subscriptions")) == [
        {"status": "ended", "reason": "launch_failed"}
    ]
    await shop.books_hold()


async def test_unpaid_it_is_suspended_and_paying_brings_it_back(shop, buyer):
    launch = await paid(shop, buyer)
    await shop.rows("UPDATE payment_methods SET state = 'removed', is_default = false RETURNING id")
    for number in (1, 2, 4, 6, 8):
        await shop.work(datetime(2026, 4, number, 12, tzinfo=UTC))
    await run_all(shop)
    seen = await shop.world.find(launch.id)
    assert (seen.state, seen.suspension) == ("suspended", "unpaid")
    assert await shop.world.edge.routes() == {}
    await shop.fill(buyer, 5000)
    await shop.do(billing.payments.overdue.settle_from_wallet, buyer.account_id)
    await run_all(shop)
    seen = await shop.world.find(launch.id)
    assert (seen.state, seen.suspension) == ("running", None)
    assert launch.id in await shop.world.edge.routes()


async def test_unpaid_to_the_end_it_is_terminated(shop, buyer):
    launch = await paid(shop, buyer)
    await shop.rows("UPDATE payment_methods SET state = 'removed', is_default = false RETURNING id")
    for moment in (
        datetime(2026, 4, 1, 12, tzinfo=UTC),
        datetime(2026, 4, 8, 12, tzinfo=UTC),
        datetime(2026, 5, 8, 12, tzinfo=UTC),
    ):
        for _ in range(5):
            await shop.work(moment)
        await run_all(shop)
    assert (await shop.world.find(launch.id)).state == "terminated"
    assert await shop.world.nothing_is_left()


async def test_a_pause_lets_the_system_rest(shop, buyer):
    launch = await paid(shop, buyer)
    await shop.do(billing.subscriptions.pause, buyer, launch.subscription_id, "now")
    await run_all(shop)
    assert (await shop.world.find(launch.id)).state == "suspended"
    await shop.do(billing.subscriptions.resume, buyer, launch.subscription_id)
    await run_all(shop)
    assert (await shop.world.find(launch.id)).state == "running"


async def test_a_cancelled_system_is_kept_for_fourteen_days_and_then_removed(shop, buyer):
    launch = await paid(shop, buyer)
    await shop.do(billing.subscriptions.cancel, buyer, launch.subscription_id, "now")
    await run_all(shop)
    seen = await shop.world.find(launch.id)
    fortnight = timedelta(days=14)
    assert (seen.state, seen.suspension) == ("suspended", "cancelled")
    assert seen.terminate_at == clock.now() + fortnight
    for passed, state in ((timedelta(0), "suspended"), (fortnight - timedelta(minutes=5), "suspended"),
                          (timedelta(minutes=5), "terminated")):  # fmt: skip
        shop.clock.move(passed)
        await shop.world.run_schedules("launches.queue_subscriptions")
        await run_all(shop)
        assert (await shop.world.find(launch.id)).state == state


async def test_removing_a_system_credits_the_rest_of_its_time(shop, buyer):
    launch = await paid(shop, buyer)
    shop.clock.move(timedelta(days=15, hours=12))
    await shop.world.change(launches.terminate, buyer, launch.id)
    await run_all(shop)
    assert await shop.wallet(buyer) == 500


async def test_another_package_changes_what_the_system_may_use(shop, buyer):
    launch = await paid(shop, buyer)
    choice = Choice("shop", "business", "monthly", addons={})
    await shop.fill(buyer, 5000)
    await shop.do(launches.change_plan, buyer, launch.subscription_id, choice, "now")
    await run_all(shop)
    assert (await shop.world.find(launch.id)).package == "business"


async def test_a_retry_of_a_failed_trial_begins_a_new_one(shop, buyer):
    made = await place(shop, buyer, trial=True)
    shop.world.faults.before["runtime.start"] = Invalid("no such luck")
    await run_all(shop)
    assert (await shop.world.find(made.launch.id)).state == "failed"
    shop.world.faults.clear()
    await shop.do(operations.retry, buyer, made.operation.id)
    await run_all(shop)
    assert (await shop.world.find(made.launch.id)).state == "running"
    assert (await shop.rows("SELECT status FROM subscriptions ORDER BY id")) == [
        {"status": "ended"},
        {"status": "trialing"},
    ]


async def test_the_systems_own_sum_of_it_all_holds(shop, buyer):
    launch = await paid(shop, buyer)
    rebuilt = await shop.do(billing.subscriptions.rebuild, launch.subscription_id)
    assert rebuilt == await shop.do(billing.subscriptions.find, SYSTEM, launch.subscription_id)
    await shop.books_hold()
