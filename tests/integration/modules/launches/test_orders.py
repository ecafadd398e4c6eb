"""Orders: one name once, room or nothing, and nobody else's systems."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from serai.kit.actor import Actor
from serai.kit.db import Database
from serai.kit.errors import Denied, Invalid, NotFound
from serai.modules import catalog, fleet, launches, operations
from tests.factories import World

EVERYTHING = ("launches", "operations", "operation_steps", "allocations", "events", "procrastinate_jobs")


async def rows(world: World) -> dict[str, int]:
    return {table: await world.scalar(f"SELECT count(*) FROM {table}") for table in EVERYTHING}


async def test_two_orders_of_one_name_at_once_one_wins_and_one_is_told(world: World) -> None:
    """Fifty times, each on two connections that both hold a transaction before either begins."""
    actor, other = await world.ground(), await world.account()
    await world.server(capacity=100, ports=100)
    second = Database(world.database.url, pool_size=2).acting(other)

    async def order(database: Database, who: Actor, name: str, barrier: asyncio.Barrier) -> str:
        settings, vault = world.platform.settings, world.platform.vault
        async with database.transaction() as session:
            await session.connection()
            await barrier.wait()
            wanted = launches.Order("hello", None, name, "sara@example.com")
            launch, _ = await launches.create(session, who, settings, vault, wanted)
        return launch.id

    for number in range(50):
        barrier, name = asyncio.Barrier(2), f"acme{number}"
        answers = await asyncio.gather(
            order(world.database.acting(actor), actor, name, barrier), order(second, other, name, barrier),
            return_exceptions=True,
        )  # fmt: skip
        won = [each for each in answers if isinstance(each, str)]
        lost = [each for each in answers if isinstance(each, launches.NameTaken)]
        assert (len(won), len(lost)) == (1, 1), answers
    await second.close()
    counts = await rows(world)
    assert counts["launches"] == counts["operations"] == counts["allocations"] == 50
    assert await world.scalar("SELECT count(DISTINCT port) FROM allocations") == 50


async def test_orders_at_once_never_share_a_port_nor_exceed_the_capacity(world: World) -> None:
    actor = await world.ground()
    await world.server(capacity=8)
    names = [f"system{number}" for number in range(12)]
    answers = await asyncio.gather(*(world.order(actor, name) for name in names), return_exceptions=True)
    assert sum(isinstance(each, fleet.NoCapacity) for each in answers) == 4
    assert sum(isinstance(each, tuple) for each in answers) == 8
    assert await world.scalar("SELECT count(DISTINCT port) FROM allocations") == 8


async def test_without_room_nothing_is_written(world: World) -> None:
    actor = await world.ground()
    await world.server(capacity=0)
    before = await rows(world)
    with pytest.raises(fleet.NoCapacity):
        await world.order(actor)
    assert await rows(world) == before


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"product": "nothing"}, catalog.ProductNotFound, None),
        ({"package": "gold"}, catalog.PackageNotFound, None),
        ({"period": "daily"}, Invalid, "period"),
        ({"email": "nobody"}, Invalid, "email"),
        ({"email": ""}, Invalid, "email"),
        ({"language": "xx"}, Invalid, "language"),
        ({"name": "-"}, launches.InvalidName, "name"),
        ({"name": "admin"}, launches.InvalidName, "name"),
        ({"product": "a\x00b"}, (Invalid, NotFound), None),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused_and_writes_nothing(
    world: World, changes: dict[str, str], error: Any, field: str | None
) -> None:
    actor = await world.ground()
    before = await rows(world)
    with pytest.raises(error) as refused:
        await world.order(actor, **changes)
    assert field is None or field in refused.value.fields
    assert await rows(world) == before


async def test_a_product_without_a_release_cannot_be_ordered(world: World) -> None:
    actor = await world.ground()
    async with world.database.transaction() as session:
        from sqlalchemy import text

        await session.execute(text("UPDATE products SET release_id = NULL"))
    with pytest.raises(Invalid, match="no release"):
        await world.order(actor)


async def test_the_taken_name_is_reported_while_typing_and_free_again_after_the_end(world: World) -> None:
    actor = await world.ground()
    await world.launch(actor)
    with pytest.raises(launches.NameTaken):
        async with world.database.transaction() as session:
            await launches.check_name(session, " ACME ")
    await world.change(launches.terminate, actor, "acme")
    async with world.database.transaction() as session:
        assert await launches.check_name(session, " ACME ") == "acme"


Call = Callable[[Any, Actor, World, str, str], Awaitable[Any]]
EVERY_SERVICE: dict[str, Call] = {
    "find by id": lambda s, who, w, launch, op: launches.find(s, who, launch),
    "find by name": lambda s, who, w, launch, op: launches.find(s, who, "acme"),
    "stop": lambda s, who, w, launch, op: launches.stop(s, who, launch),
    "start": lambda s, who, w, launch, op: launches.start(s, who, launch),
    "restart": lambda s, who, w, launch, op: launches.restart(s, who, launch),
    "terminate": lambda s, who, w, launch, op: launches.terminate(s, who, launch),
    "reset password": lambda s, who, w, launch, op: launches.reset_password(s, who, launch),
    "credentials": lambda s, who, w, launch, op: launches.credentials(
        s, who, w.platform.vault, launch, once=True
    ),
    "operation": lambda s, who, w, launch, op: operations.get(s, who, op),
    "snapshot": lambda s, who, w, launch, op: operations.snapshot(s, who, op),
    "cancel": lambda s, who, w, launch, op: operations.cancel(s, who, op),
    "retry": lambda s, who, w, launch, op: operations.retry(s, who, op),
}


async def test_another_account_finds_nothing_and_changes_nothing(world: World) -> None:
    actor, stranger = await world.ground(), await world.account()
    launch_id, operation_id = await world.order(actor)
    await world.run(operation_id)
    homeless = Actor("user", "usr_homeless")
    for who in (stranger, homeless):
        for name, call in EVERY_SERVICE.items():
            with pytest.raises(NotFound):
                async with world.database.transaction() as session:
                    await call(session, who, world, launch_id, operation_id)
                pytest.fail(f"{name} was allowed")
    async with world.database.transaction() as session:
        assert await launches.page(session, stranger, include_gone=True) == []
        assert await launches.count_by_state(session, stranger) == {}
        assert await operations.page(session, stranger) == []
        assert await operations.newest_of(session, stranger, launch_id) is None
    assert (await world.find("acme")).state == "running"


async def test_who_has_no_account_sees_nothing_of_the_platform_s_own(world: World) -> None:
    """A build belongs to no account; neither does an actor without one."""
    from serai.kit.actor import SYSTEM

    release, server = await world.product(ready=False), await world.server()
    homeless = Actor("user", "usr_homeless")
    async with world.database.transaction() as session:
        operation = await launches.build_release(session, SYSTEM, release.id, server)
    async with world.database.transaction() as session:
        for read in (launches.page, launches.count_by_state, operations.page):
            with pytest.raises(Denied):
                await read(session, homeless)
        assert await operations.newest_of(session, homeless, operation.subject) is None
        with pytest.raises(NotFound):
            await operations.get(session, homeless, operation.id)


async def test_a_launch_with_the_name_of_another_account_s_former_one_is_one_s_own(world: World) -> None:
    actor, other = await world.ground(), await world.account()
    await world.launch(actor)
    await world.change(launches.terminate, actor, "acme")
    mine = await world.launch(other)
    async with world.database.transaction() as session:
        assert (await launches.find(session, other, "acme")).id == mine
        assert (await launches.find(session, actor, "acme")).state == "terminated"
