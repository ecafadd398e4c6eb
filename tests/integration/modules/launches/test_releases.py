"""A release is built on each server that is to run it, each once."""

import asyncio

import pytest

from serai.kit.actor import SYSTEM
from serai.kit.errors import Conflict, Invalid
from serai.modules import catalog, fleet, launches, operations
from tests.factories import World, blueprint
from tests.support import eventually


async def second_server(world: World) -> fleet.Server:
    """The fakes of both are the same: what is built where is told by the books alone."""
    others = [fleet.DriverChoice("other")] * 3
    async with world.database.transaction() as session:
        return await fleet.register(
            session, SYSTEM, "second", capacity=5, memory=1 << 40, first_port=world.first_port + 20,
            ports=10, first_uid=None, drivers=fleet.ServerDrivers("/other", *others),
        )  # fmt: skip


async def builds(world: World) -> list[str]:
    async with world.database.transaction() as session:
        found = await operations.page(session, SYSTEM, kind="build_release")
    return sorted(each.id for each in found)


async def states(world: World, release_id: str) -> tuple[str, ...]:
    async with world.database.transaction() as session:
        servers = [server for server, _count in await fleet.servers(session)]
        where = [await fleet.release_state(session, each, release_id) or "-" for each in servers]
        return (await catalog.get_release(session, release_id)).state, *where


async def test_a_launch_on_another_server_has_the_release_built_there(world: World) -> None:
    await world.server(capacity=1)
    await world.product()
    await second_server(world)
    actor = await world.account()
    await world.launch(actor, "first")
    assert await builds(world) == []
    _, operation_id = await world.order(actor, "second")

    async def build() -> operations.OperationSnapshot:
        (queued,) = await eventually(lambda: builds(world), 60)
        return await world.run(queued)

    launched, built = await asyncio.gather(world.run(operation_id), build())
    assert (launched.state, built.state) == ("succeeded", "succeeded")
    await world.launch(actor, "third")
    assert len(await builds(world)) == 1


async def test_staff_have_it_built_wherever_it_is_not(world: World) -> None:
    await world.server()
    await second_server(world)
    release = await world.product(ready=False)
    staff = await world.account(staff=True)
    async with world.database.transaction() as session:
        first = (await launches.request_build(session, staff, release.id)).id
    (second,) = set(await builds(world)) - {first}
    assert await states(world, release.id) == ("building", "building", "building")
    await world.run(first)
    assert await states(world, release.id) == ("ready", "ready", "building")
    world.faults.before["builder.install"] = Invalid("no compiler here")
    await world.run(second)
    assert await states(world, release.id) == ("ready", "ready", "failed")
    async with world.database.transaction() as session:
        again = await launches.request_build(session, staff, release.id)
    assert again.subject.startswith(release.id)
    world.faults.clear()
    await world.run(again.id)
    assert await states(world, release.id) == ("ready", "ready", "ready")
    async with world.database.transaction() as session:
        with pytest.raises(Conflict):
            await launches.request_build(session, staff, release.id)


async def test_a_server_that_takes_no_launches_gets_no_builds_of_staff(world: World) -> None:
    await world.server()
    closed = await second_server(world)
    release = await world.product(ready=False)
    async with world.database.transaction() as session:
        (await fleet.server(session, closed.id)).open = False
    async with world.database.transaction() as session:
        await launches.request_build(session, await world.account(staff=True), release.id)
    assert await states(world, release.id) == ("building", "building", "-")


async def test_without_a_server_nothing_is_built(world: World) -> None:
    release = await world.product(ready=False)
    staff = await world.account(staff=True)
    async with world.database.transaction() as session:
        with pytest.raises(fleet.NoCapacity):
            await launches.request_build(session, staff, release.id)


async def test_a_template_stays_where_its_release_stands_and_nowhere_else(world: World) -> None:
    server = await world.server()
    release = await world.product(blueprint(database=True))
    template = release.id.replace("rel_", "tpl_", 1)
    assert (await launches.sweep(world.database, world.platform.fleet))["databases"] == []
    async with world.database.transaction() as session:
        await fleet.set_release_state(session, server.id, release.id, "building")
    assert (await launches.sweep(world.database, world.platform.fleet))["databases"] == []
    async with world.database.transaction() as session:
        await fleet.set_release_state(session, server.id, release.id, "failed")
    assert (await launches.sweep(world.database, world.platform.fleet))["databases"] == [template]
