"""Servers hand out room, ports and uids, each once."""

import asyncio
from dataclasses import replace

import msgspec
import pytest
from sqlalchemy import text

from serai.kit import ids
from serai.kit.actor import SYSTEM
from serai.kit.errors import Conflict, Denied, Unavailable
from serai.modules import fleet
from tests.factories import World
from tests.support import eventually

MEMORY = 64 << 20


def drivers(name: str) -> fleet.ServerDrivers:
    """Of a server of its own."""
    found = [fleet.DriverChoice("any", {"socket": f"/{name}/{part}"}) for part in ("agent", "edge", "databases")]
    return fleet.ServerDrivers(f"/{name}", *found)


async def register(world: World, name: str = "local", **changes) -> None:
    offer = {
        "capacity": 10,
        "memory": 10 * MEMORY,
        "first_port": world.first_port,
        "ports": 10,
        "first_uid": 300_000,
        "drivers": drivers(name),
    }
    async with world.database.transaction() as session:
        await fleet.register(session, SYSTEM, name, **(offer | changes))


async def reserve(world: World, memory: int = MEMORY) -> fleet.Allocation:
    async with world.database.transaction() as session:
        return await fleet.reserve(session, ids.new("lch"), memory)


async def test_each_launch_gets_a_port_and_uid_of_its_own(world: World) -> None:
    await register(world)
    made = [await reserve(world) for _ in range(3)]
    assert [one.port for one in made] == [world.first_port + n for n in range(3)]
    assert [one.uid for one in made] == [300_000, 300_001, 300_002]


async def test_what_was_released_is_handed_out_again(world: World) -> None:
    await register(world)
    first = await reserve(world)
    await reserve(world)
    async with world.database.transaction() as session:
        await fleet.release(session, first.launch_id)
        await fleet.release(session, first.launch_id)
    assert (await reserve(world)).port == first.port


@pytest.mark.parametrize("limit", [{"capacity": 2}, {"memory": 2 * MEMORY}, {"ports": 2}])
async def test_a_full_server_takes_no_more(world: World, limit: dict[str, int]) -> None:
    await register(world, **limit)
    await reserve(world)
    await reserve(world)
    with pytest.raises(fleet.NoCapacity):
        await reserve(world)


async def test_the_next_server_is_used_when_the_first_is_full_or_closed(world: World) -> None:
    await register(world, "a", capacity=1)
    await register(world, "b", capacity=1, first_port=world.first_port + 20)
    assert (await reserve(world)).server_id != (await reserve(world)).server_id
    with pytest.raises(fleet.NoCapacity):
        await reserve(world)


async def test_another_port_is_the_next_free_one_and_round_to_the_first(world: World) -> None:
    await register(world, ports=3)
    first = await reserve(world)
    await reserve(world)
    async with world.database.transaction() as session:
        moved = await fleet.change_port(session, first.launch_id)
        assert (moved.port, moved.uid) == (world.first_port + 2, 300_002)
        assert (await fleet.change_port(session, first.launch_id)).port == world.first_port


async def test_of_two_reservations_at_once_one_gets_the_last_room(world: World) -> None:
    await register(world, capacity=1)

    async def one_waits() -> bool:
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        return bool(await world.scalar(query))

    async with world.database.transaction() as session:
        await fleet.reserve(session, ids.new("lch"), MEMORY)
        second = asyncio.create_task(reserve(world))
        await eventually(one_waits, 60)
    with pytest.raises(fleet.NoCapacity):
        await second


async def test_a_reservation_leaves_the_servers_it_did_not_need_to_others(world: World) -> None:
    await register(world, "a")
    await register(world, "b", first_port=world.first_port + 20)
    async with world.database.transaction() as session:
        await fleet.reserve(session, ids.new("lch"), MEMORY)
        async with world.database.transaction() as other:
            free = await other.execute(text("SELECT name FROM servers ORDER BY name FOR UPDATE SKIP LOCKED"))
            assert list(free.scalars()) == ["b"]


async def test_registering_again_updates_the_offer_and_keeps_what_is_taken(world: World) -> None:
    await register(world, capacity=1, ports=1)
    await reserve(world)
    await register(world, capacity=2, ports=2)
    await reserve(world)
    async with world.database.transaction() as session:
        ((server, taken),) = await fleet.servers(session)
    assert (server.capacity, taken) == (2, 2)


@pytest.mark.parametrize("part", ["runtime", "edge", "databases", "home"])
async def test_no_two_servers_share_what_each_keeps_tidy(world: World, part: str) -> None:
    await register(world, "a")
    shared = msgspec.structs.replace(drivers("b"), **{part: getattr(drivers("a"), part)})
    with pytest.raises(Conflict, match=part):
        await register(world, "b", drivers=shared)
    await register(world, "b")
    await register(world, "b")


async def test_a_server_is_connected_once_until_its_drivers_are_chosen_anew(world: World) -> None:
    opened = []

    def connect(chosen: fleet.ServerDrivers) -> fleet.Drivers:
        opened.append(chosen)
        return replace(world.drivers)

    servers = fleet.Fleet(world.database, connect)
    await register(world, "a")
    await register(world, "b")
    held = await reserve(world)
    first = await servers.of_launch(held.launch_id)
    assert await servers.of_launch(held.launch_id) is first
    assert opened == [drivers("a")]
    await register(world, "a", drivers=drivers("moved"))
    assert await servers.of_launch(held.launch_id) is not first
    assert opened == [drivers("a"), drivers("moved")]
    assert await servers.of_launch("lch_nothing") is None


async def test_what_fails_at_one_server_is_done_at_the_others(world: World) -> None:
    for name in "abc":
        await register(world, name)

    async def work(server: fleet.Server, _drivers: fleet.Drivers) -> str:
        if server.name == "a":
            raise Unavailable("away")
        return server.id

    done, failed = await world.platform.fleet.on_each(work)
    assert (sorted(done), sorted(failed)) == (["b", "c"], ["a"])
    assert await world.platform.fleet.on_each(work, only="b") == ({"b": done["b"]}, {})


async def test_customers_register_no_servers(world: World) -> None:
    actor = await world.account()
    with pytest.raises(Denied):
        async with world.database.transaction() as session:
            await fleet.register(
                session, actor, "mine", capacity=1, memory=1, first_port=1, ports=1, first_uid=None
            )
