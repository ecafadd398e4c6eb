"""The catalogue follows the blueprints, and only as far as they changed."""

import msgspec
import pytest

from serai.kit.actor import SYSTEM
from serai.kit.errors import Denied
from serai.kit.money import Money
from serai.modules import catalog
from tests.factories import World, blueprint

TABLES = ("products", "packages", "prices", "releases", "events")


async def sync(world: World, made: catalog.Blueprint) -> catalog.Release:
    async with world.database.transaction() as session:
        return await catalog.sync(session, SYSTEM, made)


async def product(world: World, slug: str = "hello") -> catalog.ProductView:
    async with world.database.transaction() as session:
        return await catalog.get_product(session, slug)


def with_packages(*keys: str, price: int = 0) -> catalog.Blueprint:
    base = blueprint()
    (package,) = base.packages
    period = msgspec.structs.replace(package.periods[0], prices=(Money(price, "USD"),))
    made = [msgspec.structs.replace(package, key=key, periods=(period,)) for key in keys]
    return msgspec.structs.replace(base, packages=tuple(made))


async def test_a_blueprint_becomes_product_packages_prices_and_a_release(world: World) -> None:
    release = await sync(world, blueprint())
    seen = await product(world)
    assert (release.state, release.version) == ("pending", blueprint().version)
    assert seen.release_id == release.id
    assert [package.key for package in seen.packages] == ["free"]
    assert set(seen.packages[0].periods[0].prices) == {"USD", "EUR", "EGP"}
    assert catalog.blueprint_of(release) == blueprint()


async def test_syncing_again_changes_nothing(world: World) -> None:
    await sync(world, with_packages("free", "pro"))

    async def rows() -> dict[str, str]:
        kept = "to_jsonb(t) - 'updated_at'"
        return {
            table: await world.scalar(
                f"SELECT coalesce(jsonb_agg({kept} ORDER BY t.id), '[]') FROM {table} t"
            )
            for table in TABLES
        }

    before = await rows()
    await sync(world, with_packages("free", "pro"))
    assert await rows() == before


async def test_a_package_no_longer_offered_is_retired_and_comes_back_as_itself(world: World) -> None:
    await sync(world, with_packages("free", "pro"))
    pro = (await product(world)).packages[1]
    await sync(world, with_packages("free"))
    assert [package.key for package in (await product(world)).packages] == ["free"]
    async with world.database.transaction() as session:
        assert await catalog.package_resources(session, pro.id) == pro.resources, "launches keep theirs"
        with pytest.raises(catalog.PackageNotFound):
            await catalog.get_package(session, "hello", "pro")
    await sync(world, with_packages("free", "pro"))
    assert (await product(world)).packages[1].id == pro.id


async def test_a_new_price_replaces_the_old_one_and_a_dropped_currency_goes(world: World) -> None:
    await sync(world, blueprint())
    await sync(world, with_packages("free", price=2900))
    (period,) = (await product(world)).packages[0].periods
    assert period.prices == {"USD": Money(2900, "USD")}


async def test_new_texts_keep_the_release_and_new_contents_make_another(world: World) -> None:
    first = await sync(world, blueprint())
    renamed = msgspec.structs.replace(
        blueprint().product,
        name=msgspec.convert({"en": "Salut", "ar": "سلام"}, type(blueprint().product.name)),
    )
    same = await sync(world, blueprint(product=renamed))
    assert same.id == first.id
    assert (await product(world)).name["en"] == "Salut"
    other = await sync(world, blueprint(digest="f" * 64))
    assert other.id != first.id
    assert (await product(world)).release_id == other.id
    async with world.database.transaction() as session:
        assert {each.id for each in await catalog.list_releases(session, "hello")} == {first.id, other.id}


async def test_what_is_unknown_is_not_found_with_a_hint(world: World) -> None:
    await sync(world, blueprint())
    async with world.database.transaction() as session:
        with pytest.raises(catalog.ProductNotFound, match="There is no product called"):
            await catalog.get_product(session, "nothing")
        with pytest.raises(catalog.PackageNotFound, match="offered as free"):
            await catalog.get_package(session, "hello", "gold")
        with pytest.raises(catalog.ReleaseNotFound):
            await catalog.get_release(session, "rel_nothing")


async def test_customers_do_not_change_the_catalogue(world: World) -> None:
    actor = await world.account()
    with pytest.raises(Denied):
        async with world.database.transaction() as session:
            await catalog.sync(session, actor, blueprint())


async def test_listing_takes_three_queries_however_many_products_there_are(world: World) -> None:
    from tests.queries import counted

    for number in range(5):
        await sync(world, blueprint(f"hello{number}"))
    async with world.database.transaction() as session:
        with counted(world.database) as seen:
            assert len(await catalog.list_products(session)) == 5
    assert len(seen) == 3
