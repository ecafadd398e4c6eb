"""Packages, add-ons and bundles: what is sold, edited, hidden, and how many are left."""

import asyncio

import pytest

from serai.kit.actor import SYSTEM
from serai.kit.errors import Denied, Invalid
from serai.modules import catalog
from tests.factories import World
from tests.integration.modules.catalog.goods import call, selling, sync

NEW_NAME = {"en": "Solo", "ar": "منفرد"}


async def test_addons_and_bundles_stand_beside_packages(world: World) -> None:
    product = await sync(world)
    assert [[each.key for each in kind] for kind in (product.packages, product.addons, product.bundles)] == [
        ["free"], ["more"], ["both"],
    ]  # fmt: skip
    package, addon, bundle = product.packages[0], product.addons[0], product.bundles[0]
    assert [(each.package, each.quantity) for each in bundle.contents] == [("free", 1), ("more", 3)]
    assert bundle.limits == {"users": 11}, "5 and 3 × 2; what the package does not bound stays without bounds"
    assert bundle.resources["disk"] == package.resources["disk"] + 300
    assert catalog.resources_with(package, [(addon, 3)]) == (bundle.resources, bundle.limits)
    (charge,) = await call(world, catalog.charges_of, bundle.id, "USD")
    assert (charge.meter_key, charge.included) == ("emails", 100), "as its package's"
    assert await call(world, catalog.charges_of, addon.id, "USD") == []
    (meter,) = await call(world, catalog.meters_of, product.id)
    assert (meter.key, meter.aggregation) == ("emails", "sum")


async def test_what_staff_edited_survives_and_the_rest_follows_the_blueprint(world: World) -> None:
    product = await sync(world)
    package = product.packages[0]
    await call(world, catalog.edit_package, SYSTEM, package.id, version=1, name=NEW_NAME, limits={"users": 9})
    await call(world, catalog.edit_product, SYSTEM, product.id, name=NEW_NAME)
    product = await sync(world, selling(trial_days=30, limits={"users": 7}))
    package = product.packages[0]
    assert (product.name, package.name, package.limits) == (NEW_NAME, NEW_NAME, {"users": 9})
    assert (package.trial_days, package.edited, package.version) == (30, ("limits", "name"), 3)
    await call(world, catalog.follow_blueprint, SYSTEM, package.id)
    package = (await sync(world, selling(trial_days=30, limits={"users": 7}))).packages[0]
    assert (package.name["en"], package.limits) == ("Free", {"users": 7})
    trail = "SELECT count(*) FROM audit_records WHERE action = 'catalog.package_changed' AND subject = :id"
    assert await world.scalar(trail, id=package.id) == 4


async def test_loading_the_same_again_changes_nothing(world: World) -> None:
    await sync(world, selling(stock=3))
    rows = """SELECT jsonb_build_array(
        (SELECT jsonb_agg(to_jsonb(t) ORDER BY id) FROM packages t), (SELECT jsonb_agg(to_jsonb(t) ORDER BY id) FROM prices t),
        (SELECT jsonb_agg(to_jsonb(t) ORDER BY id) FROM charges t), (SELECT count(*) FROM events))"""
    before = await world.scalar(rows)
    await sync(world, selling(stock=3))
    assert await world.scalar(rows) == before


async def test_an_edit_of_something_changed_meanwhile_is_refused(world: World) -> None:
    package = (await sync(world)).packages[0]
    await call(world, catalog.edit_package, SYSTEM, package.id, version=1, trial_days=3)
    with pytest.raises(catalog.Changed):
        await call(world, catalog.edit_package, SYSTEM, package.id, version=1, trial_days=4)


@pytest.mark.parametrize(
    "changes",
    [{"name": {"en": "x", "ar": " "}}, {"name": {"en": "x" * 101, "ar": "ا"}}, {"trial_days": 366}, {"stock": -1},
     {"visibility": "secret"}, {"limits": {"users": -1}}, {"features": [{"en": "only"}]}],
)  # fmt: skip
async def test_what_makes_no_sense_is_refused(world: World, changes: dict[str, object]) -> None:
    package = (await sync(world)).packages[0]
    with pytest.raises(Invalid) as caught:
        await call(world, catalog.edit_package, SYSTEM, package.id, **changes)
    assert set(caught.value.fields) == set(changes)


async def test_hidden_is_sold_by_link_only_and_retired_not_at_all(world: World) -> None:
    product = await sync(world)
    package = product.packages[0]

    async def seen() -> tuple[bool, bool]:
        listed = (await call(world, catalog.list_products))[0]
        try:
            await call(world, catalog.get_package, "hello", "free")
        except catalog.PackageNotFound:
            return bool(listed.packages), False
        return bool(listed.packages), True

    assert await seen() == (True, True)
    await call(world, catalog.edit_package, SYSTEM, package.id, visibility="hidden")
    assert await seen() == (False, True)
    await call(world, catalog.edit_package, SYSTEM, package.id, visibility="retired")
    assert await seen() == (False, False)
    assert (await call(world, catalog.package_by_id, package.id)).key == "free", "who has it keeps it"


async def test_the_first_package_is_never_an_addon(world: World) -> None:
    await sync(world)
    _product, package = await call(world, catalog.get_package, "hello", None)
    assert package.kind == "package"
    with pytest.raises(catalog.PackageNotFound):
        await call(world, catalog.get_package, "hello", "more")


async def test_of_three_left_ten_at_once_get_three(world: World) -> None:
    package = (await sync(world, selling(stock=3))).packages[0]
    customer = await world.account()

    async def take() -> bool:
        try:
            await call(world, catalog.take_stock, package.id, actor=customer)
        except catalog.SoldOut:
            return False
        return True

    assert sum(await asyncio.gather(*(take() for _ in range(10)))) == 3
    assert (await call(world, catalog.package_by_id, package.id)).stock == 0
    await call(world, catalog.give_back_stock, package.id)
    assert await take()


async def test_without_a_stock_there_is_no_end(world: World) -> None:
    package = (await sync(world)).packages[0]
    await call(world, catalog.take_stock, package.id, 1000)
    await call(world, catalog.give_back_stock, package.id)
    assert (await call(world, catalog.package_by_id, package.id)).stock is None


async def test_loading_the_blueprint_again_does_not_fill_the_stock_up(world: World) -> None:
    package = (await sync(world, selling(stock=10))).packages[0]
    await call(world, catalog.take_stock, package.id, 4)
    assert (await sync(world, selling(stock=10))).packages[0].stock == 6
    assert (await sync(world, selling(stock=15))).packages[0].stock == 11, "five more"
    assert (await sync(world, selling(stock=2))).packages[0].stock == 0, "never below nothing"
    assert (await sync(world, selling())).packages[0].stock is None


async def test_an_addon_no_longer_named_is_not_sold(world: World) -> None:
    await sync(world)
    product = await sync(world, selling(addon=False))
    assert (product.addons, product.bundles) == ((), ())


async def test_customers_edit_nothing(world: World) -> None:
    package, customer = (await sync(world)).packages[0], await world.account()
    with pytest.raises(Denied):
        await call(world, catalog.edit_package, customer, package.id, actor=customer, trial_days=365)
