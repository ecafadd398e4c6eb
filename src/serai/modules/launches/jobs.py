"""What the worker does for launches when it starts and now and then."""

from functools import partial

from serai.kit.db import Database
from serai.kit.errors import Unavailable
from serai.modules import fleet, operations
from serai.modules.launches import queries

_TRIES = 5

Route = tuple[str, str, int]


async def restore_routes(database: Database, servers: fleet.Fleet, *, only: str | None = None) -> int:
    """Make each server's edge lead to exactly the launches that run there; how many there are. `only`: on
    the server of that name. Raises Unavailable for those that did not answer, when all others are done.

    Launches with an operation under way are that operation's business: their routes stay as they
    are. When one began or ended meanwhile, all is looked at again.
    """
    done, failed = await servers.on_each(partial(_restore, database), only=only)
    if failed:
        raise Unavailable(" ".join(f"{name}: {error}" for name, error in failed.items()))
    return sum(done.values())


async def _restore(database: Database, server: fleet.Server, drivers: fleet.Drivers) -> int:
    steady, moving = await _wanted(database, server)
    for _ in range(_TRIES):
        present = await drivers.edge.routes()
        kept = [(launch_id, *present[launch_id]) for launch_id in sorted(moving & present.keys())]
        await drivers.edge.replace_routes([*steady, *kept])
        before = (steady, moving)
        steady, moving = await _wanted(database, server)
        if (steady, moving) == before:
            break
    return len(steady)


async def _wanted(database: Database, server: fleet.Server) -> tuple[list[Route], set[str]]:
    """(routes of launches that run there and are left in peace, launches with an operation under way)"""
    async with database.transaction() as session:
        moving = await operations.active_subjects(session)
        launches = await queries.routed(session)
        held = await fleet.allocations(session)
    ports = {row.launch_id: row.port for row in held if row.server_id == server.id}
    steady = [(each.id, each.host, ports[each.id]) for each in launches if each.id in ports.keys() - moving]
    return sorted(steady), moving
