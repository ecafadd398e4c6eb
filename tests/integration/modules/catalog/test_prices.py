"""Prices and charges follow each other in versions; nothing that was agreed on changes."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.kit.clock import MovableClock
from serai.kit.errors import Conflict, Denied, Invalid
from serai.kit.money import Money
from serai.modules import catalog
from tests.factories import World
from tests.integration.modules.catalog.goods import USD, call, selling, sync

DAY = timedelta(days=1)


async def now_paid(world: World, package_id: str, at: Any = None) -> int:
    price = await call(world, catalog.current_price, package_id, "monthly", USD, at)
    return int(price.amount.amount)


async def change(world: World, package_id: str, amount: int, at: Any = None) -> catalog.PriceView:
    made: catalog.PriceView = await call(
        world, catalog.change_price, SYSTEM, package_id, "monthly", USD, amount, at
    )
    return made


async def test_a_change_is_a_new_version_and_the_old_one_can_still_be_read(
    world: World, moving: MovableClock
) -> None:
    package = (await sync(world)).packages[0]
    old = await call(world, catalog.current_price, package.id, "monthly", USD)
    moving.move(DAY)
    new = await change(world, package.id, 3190)
    assert (new.version, new.active, new.amount) == (2, True, Money(3190, USD))
    kept = await call(world, catalog.get_price, old.id)
    assert (kept.amount, kept.active, kept.retired_at) == (Money(2900, USD), False, clock.now())
    assert (kept.package_key, kept.kind, kept.product_id) == ("free", "package", package.product_id)
    both = await call(world, catalog.get_prices, [old.id, new.id, "price_none"])
    assert set(both) == {old.id, new.id}
    assert await now_paid(world, package.id) == 3190
    assert await now_paid(world, package.id, clock.now() - DAY) == 2900
    assert (await sync(world)).packages[0].periods[0].prices[USD].amount == 3190
    record = await world.scalar(
        "SELECT jsonb_build_array(before->'amount', after->'amount') FROM audit_records "
        "WHERE action = 'catalog.price_changed'"
    )
    assert record == [2900, 3190]


async def test_a_planned_change_comes_by_itself_and_stays_when_another_comes_before(
    world: World, moving: MovableClock
) -> None:
    package = (await sync(world)).packages[0]
    march = clock.now() + 30 * DAY
    planned = await change(world, package.id, 3200, march)
    assert not planned.active
    assert await now_paid(world, package.id) == 2900
    moving.move(DAY)
    await change(world, package.id, 2800)
    assert await now_paid(world, package.id) == 2800
    assert await now_paid(world, package.id, march - timedelta(microseconds=1)) == 2800
    assert await now_paid(world, package.id, march) == 3200
    moving.move(40 * DAY)
    assert await now_paid(world, package.id) == 3200


async def test_a_change_planned_for_the_same_moment_is_replaced_and_one_can_be_taken_back(
    world: World, moving: MovableClock
) -> None:
    package = (await sync(world)).packages[0]
    march = clock.now() + 30 * DAY
    first = await change(world, package.id, 3200, march)
    second = await change(world, package.id, 3300, march)
    assert await now_paid(world, package.id, march) == 3300
    later = await change(world, package.id, 4000, march + DAY)
    for gone in (first,):
        with pytest.raises(Conflict):
            await call(world, catalog.cancel_price, SYSTEM, gone.id)
    await call(world, catalog.cancel_price, SYSTEM, second.id)
    assert await now_paid(world, package.id, march) == 2900
    assert await now_paid(world, package.id, march + DAY) == 4000
    await call(world, catalog.cancel_price, SYSTEM, later.id)
    assert await now_paid(world, package.id, march + 9 * DAY) == 2900
    moving.move(DAY)
    with pytest.raises(Conflict, match="no planned change"):
        current = await call(world, catalog.current_price, package.id, "monthly", USD)
        await call(world, catalog.cancel_price, SYSTEM, current.id)


async def test_any_sequence_of_changes_leaves_one_price_for_each_moment(
    world: World, moving: MovableClock
) -> None:
    """Plans in every order; then at each moment exactly the one that was planned last for the
    latest beginning before it."""
    package, start = (await sync(world)).packages[0], clock.now()
    planned = {0: 2900}
    for number, day in enumerate([5, 3, 8, 3, 1, 8, 2, 13, 5]):
        await change(world, package.id, 1000 + number, start + day * DAY)
        planned[day] = 1000 + number
        for at in range(15):
            expected = planned[max(day for day in planned if day <= at)]
            assert await now_paid(world, package.id, start + at * DAY) == expected
    open_rows = "SELECT count(*) FROM prices WHERE retired_at IS NULL AND package_id = :id"
    assert await world.scalar(open_rows, id=package.id) == 1


async def test_two_changes_at_once_leave_one_that_holds(world: World) -> None:
    package = (await sync(world)).packages[0]
    await asyncio.gather(*(change(world, package.id, 3000 + n) for n in range(5)))
    versions = "SELECT array_agg(version ORDER BY version) FROM prices WHERE package_id = :id"
    assert await world.scalar(versions, id=package.id) == [1, 2, 3, 4, 5, 6]
    await now_paid(world, package.id)  # exactly one, or it raises


async def test_the_database_itself_holds_one_open_price(world: World) -> None:
    package = (await sync(world)).packages[0]
    await change(world, package.id, 3000)
    with pytest.raises(IntegrityError, match="uq_prices_open"):
        async with world.database.transaction() as session:
            await session.execute(
                text("UPDATE prices SET retired_at = NULL WHERE package_id = :id"), {"id": package.id}
            )


async def test_the_blueprint_changes_a_price_only_when_its_own_changed(
    world: World, moving: MovableClock
) -> None:
    package = (await sync(world)).packages[0]
    await change(world, package.id, 3190)
    moving.move(DAY)
    await sync(world)
    assert await now_paid(world, package.id) == 3190
    moving.move(DAY)
    await sync(world, selling(amount=3500))
    assert await now_paid(world, package.id) == 3500
    moving.move(DAY)
    await change(world, package.id, 3600)
    await sync(world, selling(amount=3500))
    assert await now_paid(world, package.id) == 3600
    found = await call(world, catalog.price_history, SYSTEM, package.id)
    assert [(p.amount.amount, p.source) for p in found] == [
        (3600, "admin"), (3500, "blueprint"), (3190, "admin"), (2900, "blueprint"),
    ]  # fmt: skip


async def test_currencies_come_go_and_come_back(world: World, moving: MovableClock) -> None:
    package = (await sync(world, selling(currencies=(USD, "EUR")))).packages[0]
    await call(world, catalog.change_price, SYSTEM, package.id, "monthly", "GBP", 2500)
    moving.move(DAY)
    (period,) = (await sync(world)).packages[0].periods
    assert set(period.prices) == {USD, "GBP"}, "staff's own stays, the blueprint's went"
    with pytest.raises(catalog.PriceNotFound, match="EUR"):
        await call(world, catalog.current_price, package.id, "monthly", "EUR")
    moving.move(DAY)
    back = await sync(world, selling(currencies=(USD, "EUR")))
    assert set(back.packages[0].periods[0].prices) == {USD, "GBP", "EUR"}


@pytest.mark.parametrize(
    ("period", "currency", "amount", "days", "field"),
    [("weekly", USD, 1, 0, "period"), ("monthly", USD, -1, 0, "amount"), ("monthly", USD, 1, -1, "valid_from"),
     ("monthly", "EUR", Money(1, USD), 0, "amount")],
)  # fmt: skip
async def test_what_makes_no_sense_is_refused(
    world: World, moving: MovableClock, period: str, currency: str, amount: Any, days: int, field: str
) -> None:
    package = (await sync(world)).packages[0]
    with pytest.raises(Invalid) as caught:
        await call(
            world,
            catalog.change_price,
            SYSTEM,
            package.id,
            period,
            currency,
            amount,
            clock.now() + days * DAY,
        )
    assert set(caught.value.fields) == {field}


async def test_a_period_can_be_added_once(world: World) -> None:
    package = (await sync(world)).packages[0]
    quote = catalog.Quote("fortnight", "week", 2, Money(1500, USD))
    await call(world, catalog.add_period, SYSTEM, package.id, quote)
    periods = (await sync(world)).packages[0].periods
    assert [(p.key, p.unit, p.count) for p in periods] == [("fortnight", "week", 2), ("monthly", "month", 1)]
    with pytest.raises(Conflict):
        await call(world, catalog.add_period, SYSTEM, package.id, quote)


async def test_only_staff_with_the_right_change_and_see_what_was(world: World) -> None:
    package = (await sync(world)).packages[0]
    customer, reader = await world.account(), await world.account(staff=True, staff_role="read-only")
    for actor in (customer, reader):
        with pytest.raises(Denied):
            await call(world, catalog.change_price, actor, package.id, "monthly", USD, 1, actor=actor)
    with pytest.raises(Denied):
        await call(world, catalog.price_history, customer, package.id, actor=customer)
    assert await call(world, catalog.price_history, reader, package.id, actor=reader)


async def test_charges_follow_each_other_as_prices_do(world: World, moving: MovableClock) -> None:
    package = (await sync(world)).packages[0]
    (first,) = await call(world, catalog.charges_of, package.id, USD)
    assert (first.meter_key, first.version, catalog.rate(first, Decimal(150)).amount_minor) == (
        "emails",
        1,
        5,
    )
    moving.move(DAY)
    terms = catalog.ChargeTerms(
        "volume", Decimal(0), (catalog.Tier(Decimal(9), Decimal(2)), catalog.Tier(None, Decimal(1)))
    )
    await call(world, catalog.change_charge, SYSTEM, package.id, "emails", USD, terms, clock.now() + DAY)
    assert (await call(world, catalog.charges_of, package.id, USD))[0].id == first.id
    (second,) = await call(world, catalog.charges_of, package.id, USD, clock.now() + DAY)
    assert (second.version, second.tiers) == (2, terms.tiers)
    assert (await call(world, catalog.get_charges, [first.id]))[first.id].included == 100
    moving.move(2 * DAY)
    await sync(world)
    assert (await call(world, catalog.charges_of, package.id, USD))[0].id == second.id, (
        "the blueprint said nothing new"
    )
    await sync(world, selling(emails="0.20"))
    (third,) = await call(world, catalog.charges_of, package.id, USD)
    assert third.tiers[0].unit_amount == Decimal("0.20")
    await call(world, catalog.end_charge, SYSTEM, third.id)
    assert await call(world, catalog.charges_of, package.id, USD) == []
    with pytest.raises(Invalid, match="meter"):
        await call(world, catalog.change_charge, SYSTEM, package.id, "calls", USD, terms)
    with pytest.raises(Invalid, match="no end"):
        await call(world, catalog.change_charge, SYSTEM, package.id, "emails", USD,
                   catalog.ChargeTerms("volume", Decimal(0), terms.tiers[:1]))  # fmt: skip


async def test_a_renewal_run_reads_everything_once(world: World) -> None:
    from tests.queries import counted

    product = await sync(world)
    ids = [each.id for each in (*product.packages, *product.addons, *product.bundles)]
    async with world.database.transaction() as session:
        found = await catalog.current_prices(session, ids)
        price_ids = [each.id for each in found.values()]
        with counted(world.database) as seen:
            await catalog.get_prices(session, price_ids)
            await catalog.current_prices(session, ids)
            await catalog.charges_of_many(session, ids)
            await catalog.meters_of_many(session, [product.id])
        assert len(seen) == 4
        with counted(world.database) as seen:
            assert len(await catalog.packages_by_id(session, ids)) == 3
        assert len(seen) == 2
