"""Special prices: found for whom they are for, and listed by staff alone."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from serai.kit import clock
from serai.kit.actor import SYSTEM, Actor
from serai.kit.clock import MovableClock
from serai.kit.errors import Conflict, Denied, Invalid
from serai.kit.money import Money
from serai.modules import catalog
from tests.factories import World
from tests.integration.modules.catalog.goods import USD, call, sync

DAY = timedelta(days=1)


async def price_of(world: World) -> catalog.PriceView:
    package = (await sync(world)).packages[0]
    found: catalog.PriceView = await call(world, catalog.current_price, package.id, "monthly", USD)
    return found


async def give(world: World, **values: Any) -> catalog.SpecialPriceView:
    made: catalog.SpecialPriceView = await call(
        world, catalog.set_special_price, SYSTEM, catalog.NewSpecialPrice(**values)
    )
    return made


async def paid(
    world: World, actor: Actor, price: catalog.PriceView, partner: str | None = None, at: Any = None
) -> int:
    partners = [partner] if partner else []
    specials = await call(world, catalog.special_prices_of, [actor.account_id], partners, at, actor=actor)
    found = catalog.best_special_price(specials, actor.account_id or "", partner, price)
    return int(catalog.apply_special_price(found, price.amount).amount)


async def test_a_customer_pays_its_own_price_and_nobody_else_does(world: World) -> None:
    price, one, other = await price_of(world), await world.account(), await world.account()
    await give(world, account_id=one.account_id, scope="price", package_id=price.package_id, period="monthly",
               amount=Money(2000, USD), note="as agreed")  # fmt: skip
    assert [await paid(world, who, price) for who in (one, other)] == [2000, 2900]


async def test_partners_customers_pay_what_the_partner_agreed_on(world: World) -> None:
    price, one = await price_of(world), await world.account()
    await give(world, partner_id="par_1", scope="product", product_id=price.product_id, bps=2000)
    assert [await paid(world, one, price, who) for who in ("par_1", "par_2", None)] == [2320, 2900, 2900]


async def test_it_outlives_a_new_version_of_the_price_and_ends_when_it_was_said(
    world: World, moving: MovableClock
) -> None:
    price, one = await price_of(world), await world.account()
    special = await give(world, account_id=one.account_id, scope="package", package_id=price.package_id,
                         bps=1000, valid_from=clock.now() + DAY, valid_until=clock.now() + 10 * DAY)  # fmt: skip
    assert await paid(world, one, price) == 2900
    moving.move(2 * DAY)
    new = await call(world, catalog.change_price, SYSTEM, price.package_id, "monthly", USD, 4000)
    assert await paid(world, one, new) == 3600
    assert await paid(world, one, new, at=clock.now() + 8 * DAY) == 4000
    await call(world, catalog.end_special_price, SYSTEM, special.id)
    assert await paid(world, one, new) == 4000
    with pytest.raises(Conflict):
        await call(world, catalog.end_special_price, SYSTEM, special.id)
    assert await call(world, catalog.list_special_prices, SYSTEM) == []
    assert len(await call(world, catalog.list_special_prices, SYSTEM, ended=True)) == 1


async def test_customers_neither_list_nor_set_them(world: World) -> None:
    await sync(world)
    one = await world.account()
    await give(world, account_id=one.account_id, bps=1000)
    with pytest.raises(Denied):
        await call(world, catalog.list_special_prices, one, actor=one)
    with pytest.raises(Denied):
        await call(world, catalog.set_special_price, one,
                   catalog.NewSpecialPrice(account_id=one.account_id, bps=10_000), actor=one)  # fmt: skip
    async with world.platform.database.acting(one).transaction() as session:
        await catalog.special_prices_of(session, [one.account_id or ""], [])
        assert (await session.execute(text("SELECT count(*) FROM special_prices"))).scalar_one() == 0


async def test_what_makes_no_sense_is_refused(world: World) -> None:
    price, one = await price_of(world), (await world.account()).account_id
    at = {"scope": "price", "package_id": price.package_id, "period": "monthly"}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"bps": 100}, "account_id"),
        ({"account_id": one, "partner_id": "par_1", "bps": 100}, "account_id"),
        ({"account_id": "acc_nobody", "bps": 100}, "account_id"),
        ({"account_id": one}, "bps"),
        ({"account_id": one, "bps": 10_001}, "bps"),
        ({"account_id": one, "amount": Money(1, USD)}, "scope"),
        ({"account_id": one, "amount": Money(-1, USD), **at}, "amount"),
        ({"account_id": one, "bps": 1, "scope": "product"}, "product_id"),
        ({"account_id": one, "bps": 1, "scope": "package", "package_id": "pkg_none"}, "package_id"),
        ({"account_id": one, "bps": 1, **at, "period": "weekly"}, "period"),
        ({"account_id": one, "bps": 1, "valid_until": clock.now() - DAY}, "valid_until"),
    ]
    for values, field in wrong:
        with pytest.raises(Invalid) as caught:
            await give(world, **values)
        assert set(caught.value.fields) == {field}, values
