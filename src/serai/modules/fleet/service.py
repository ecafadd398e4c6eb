"""Register servers; reserve and release what launches hold of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from serai.kit import clock, ids
from serai.kit.actor import Actor
from serai.kit.db import Session, as_platform
from serai.kit.errors import Conflict, Unavailable
from serai.kit.i18n import _
from serai.modules.fleet import policy, queries
from serai.modules.fleet.drivers import ServerDrivers, shared_parts
from serai.modules.fleet.models import Allocation, Server


class NoCapacity(Unavailable):
    """No server has room; nothing was changed."""

    code = "fleet.no_capacity"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a launch is, and what it holds there."""

    server: Server
    port: int
    uid: int | None


async def register(
    session: Session,
    actor: Actor,
    name: str,
    *,
    capacity: int,
    memory: int,
    first_port: int,
    ports: int,
    first_uid: int | None,
    region: str = "local",
    drivers: ServerDrivers = ServerDrivers(),
) -> Server:
    """Add the server called `name`, or bring what it offers and how it is worked with up to date.

    Raises Conflict when another server has its runtime, edge, databases or home: each removes from them
    what is not its own.
    """
    policy.MANAGE.require(actor)
    for other, _count in await queries.servers(session):
        if other.name != name and (shared := shared_parts(drivers, msgspec.convert(other.drivers, ServerDrivers))):
            raise Conflict(f"{name} and {other.name} would share their {shared[0]}; give each its own.")
    server = await queries.by_name(session, name)
    if server is None:
        server = Server(
            id=ids.new("srv"), name=name, region=region, first_port=first_port, ports=ports,
            first_uid=first_uid, created_at=clock.now(), capacity=capacity, memory=memory,
        )  # fmt: skip
        session.add(server)
    server.capacity, server.memory, server.ports = capacity, memory, ports
    server.drivers = msgspec.to_builtins(drivers)
    await session.flush()
    return server


async def reserve(session: Session, launch_id: str, memory: int) -> Allocation:
    """Hold a port, a uid and memory for a launch. Raises NoCapacity.

    Servers are asked by name, each locked before its room is counted: two reservations never count the same
    room, and one waits for another only at a server that both look at. Locks are kept until the commit.
    """
    async with as_platform(session):  # room is what all accounts together leave
        made = await _reserve(session, launch_id, memory)
    if made is not None:
        return made
    raise NoCapacity(
        _(
            "There is no room for another system just now. Nothing was charged or changed. Try "
            "again later; staff can raise SERAI_CAPACITY or add a server."
        )
    )


async def _reserve(session: Session, launch_id: str, memory: int) -> Allocation | None:
    for server_id in await queries.open_ids(session):
        server = await queries.locked(session, server_id)
        if not server.open:
            continue
        taken, reserved = await queries.usage(session, server)
        if taken < server.capacity and reserved + memory <= server.memory:
            port = await _free_port(session, server)
            if port is not None:
                return await _allocate(session, server, launch_id, port, memory)
    return None


async def resize(session: Session, launch_id: str, memory: int) -> Allocation:
    """Hold more or less memory where it is. Raises NoCapacity; then nothing has changed."""
    async with as_platform(session):
        allocation = await session.get_one(Allocation, launch_id, with_for_update=True)
        server = await queries.locked(session, allocation.server_id)
        _taken, reserved = await queries.usage(session, server)
        if reserved - allocation.memory + memory > server.memory and memory > allocation.memory:
            raise NoCapacity(
                _("There is no room for a larger system on its server just now. Nothing was charged or changed.")
            )
        allocation.memory = memory
    return allocation


async def change_port(session: Session, launch_id: str) -> Allocation:
    """Another port of its server, the next free one after its own, and the uid that goes with it.
    Raises NoCapacity."""
    async with as_platform(session):
        allocation = await session.get_one(Allocation, launch_id, with_for_update=True)
        server = await queries.locked(session, allocation.server_id)
        port = await _free_port(session, server, after=allocation.port)
        if port is None:
            raise NoCapacity(_("All ports of the system's server are taken. Nothing was charged or changed."))
        allocation.port, allocation.uid = port, _uid(server, port)
        await session.flush()
    return allocation


async def release(session: Session, launch_id: str) -> None:
    await queries.free(session, launch_id)


async def allocation(session: Session, launch_id: str) -> Allocation | None:
    return await session.get(Allocation, launch_id)


async def placement(session: Session, launch_id: str) -> Placement | None:
    found = await queries.placed(session, launch_id)
    if found is None:
        return None
    held, server = found
    return Placement(server, held.port, held.uid)


async def allocations(session: Session) -> Sequence[Allocation]:
    return await queries.allocations(session)


async def server(session: Session, server_id: str) -> Server:
    return await session.get_one(Server, server_id)


async def servers(session: Session) -> Sequence[tuple[Server, int]]:
    """Each server with the number of launches on it."""
    return await queries.servers(session)


async def _free_port(session: Session, server: Server, *, after: int | None = None) -> int | None:
    """The first one that nobody has; `after`: beginning behind that one, and round to it."""
    taken = await queries.taken_ports(session, server)
    begin = 0 if after is None else after + 1 - server.first_port
    ports = (server.first_port + (begin + offset) % server.ports for offset in range(server.ports))
    return next((port for port in ports if port not in taken), None)


async def _allocate(session: Session, server: Server, launch_id: str, port: int, memory: int) -> Allocation:
    allocation = Allocation(
        launch_id=launch_id, server_id=server.id, port=port, uid=_uid(server, port), memory=memory
    )
    session.add(allocation)
    await session.flush()
    return allocation


def _uid(server: Server, port: int) -> int | None:
    return None if server.first_uid is None else server.first_uid + port - server.first_port
