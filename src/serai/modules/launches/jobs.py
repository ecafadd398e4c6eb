"""What the worker does for launches when it starts and now and then."""

from serai.kit.db import Database
from serai.modules import fleet, operations
from serai.modules.launches import queries
from serai.modules.launches.machinery import Machinery

_TRIES = 5

Route = tuple[str, str, int]


async def restore_routes(database: Database, machinery: Machinery) -> int:
    """Make the edge lead to exactly the launches that run; how many there are.

    Launches with an operation under way are that operation's business: their routes stay as they
    are. When one began or ended meanwhile, all is looked at again.
    """
    steady, moving = await _wanted(database)
    for _ in range(_TRIES):
        present = await machinery.edge.routes()
        kept = [(launch_id, *present[launch_id]) for launch_id in sorted(moving & present.keys())]
        await machinery.edge.replace_routes([*steady, *kept])
        before = (steady, moving)
        steady, moving = await _wanted(database)
        if (steady, moving) == before:
            break
    return len(steady)


async def _wanted(database: Database) -> tuple[list[Route], set[str]]:
    """(routes of launches that run and are left in peace, launches with an operation under way)"""
    async with database.transaction() as session:
        moving = await operations.active_subjects(session)
        launches = await queries.routed(session)
        ports = {row.launch_id: row.port for row in await fleet.allocations(session)}
    steady = [(each.id, each.host, ports[each.id]) for each in launches if each.id not in moving]
    return sorted(steady), moving
