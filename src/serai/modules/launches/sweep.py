"""Orphan mitigation: what stands on a server and belongs to no launch that lives there is removed.

Undo leaves nothing behind by itself; this is for what undo could not reach, such as a database
server that was away for longer than every retry.
"""

from collections.abc import Awaitable
from functools import partial

import structlog

from serai.kit.db import Database
from serai.kit.errors import SeraiError
from serai.modules import fleet, operations
from serai.modules.launches import queries
from serai.modules.launches.rendering import template_name

log = structlog.get_logger()

Orphans = dict[str, list[str]]


async def sweep(database: Database, servers: fleet.Fleet) -> Orphans:
    """Remove the orphans of all servers; returns what was found. What cannot be removed, or stands on a
    server that does not answer, is tried again next time."""
    done, _failed = await servers.on_each(partial(_sweep, database))
    return {
        kind: [name for orphans in done.values() for name in orphans[kind]]
        for kind in ("databases", "processes", "routes")
    }


async def _sweep(database: Database, server: fleet.Server, drivers: fleet.Drivers) -> Orphans:
    orphans, fence = await _find(database, server, drivers)
    for launch_id in orphans["routes"]:
        await _try(drivers.edge.remove_route(launch_id), launch_id)
    for launch_id in orphans["processes"]:
        await _try(drivers.runtime.remove(launch_id, fence), launch_id)
    for name in orphans["databases"]:
        await _try(drivers.databases.drop(name, fence), name)
    if any(orphans.values()):
        log.warning("orphans removed", server=server.name, **orphans)
    return orphans


async def _find(database: Database, server: fleet.Server, drivers: fleet.Drivers) -> tuple[Orphans, int]:
    """Names of databases and roles, processes with their files, and routes nobody owns; with a
    fence as old as that knowledge: whoever works on one of them by now is not disturbed."""
    names = await drivers.databases.names()
    processes = await drivers.runtime.launch_ids()
    routes = await drivers.edge.routes()
    # Read last: what exists by now was asked for before, so its launch is already visible.
    async with database.transaction() as session:
        fence = await operations.next_fence(session)
        living = await queries.living_ids(session) | await operations.active_subjects(session)
        living -= {row.launch_id for row in await fleet.allocations(session) if row.server_id != server.id}
        templates = {
            template_name(release_id)
            for release_id, state in (await fleet.release_states(session, server)).items()
            if state in {"ready", "building"}
        }
    return {
        "databases": [name for name in names if name not in living | templates],
        "processes": [launch for launch in processes if launch not in living],
        "routes": [launch for launch in routes if launch not in living],
    }, fence


async def _try(removal: Awaitable[None], name: str) -> None:
    try:
        await removal
    except SeraiError as error:
        log.warning("an orphan stays for now", name=name, error=error.message)
