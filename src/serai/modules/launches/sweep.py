"""Orphan mitigation: what stands on the server and belongs to no living launch is removed.

Undo leaves nothing behind by itself; this is for what undo could not reach, such as a database
server that was away for longer than every retry.
"""

import structlog

from serai.kit.actor import SYSTEM
from serai.kit.db import Database
from serai.modules import catalog, operations
from serai.modules.launches import queries
from serai.modules.launches.machinery import Machinery
from serai.modules.launches.rendering import template_name

log = structlog.get_logger()


async def find_orphans(database: Database, machinery: Machinery) -> dict[str, list[str]]:
    """Names of databases and roles, processes with their files, and routes nobody owns."""
    names = await machinery.databases.names()
    processes = await machinery.runtime.launch_ids()
    routes = await machinery.edge.routes()
    # Read last: what exists by now was asked for before, so its launch is already visible.
    async with database.transaction() as session:
        living = await queries.living_ids(session)
        building = {row.subject for row in await operations.page(session, SYSTEM, limit=1000)
                    if not row.is_final}  # fmt: skip
        releases = {release.id for release in await catalog.list_releases(session)
                    if release.state == "ready" or release.id in building}  # fmt: skip
    owners = living | building | {template_name(release) for release in releases}
    return {
        "databases": [name for name in names if name not in owners],
        "processes": [launch for launch in processes if launch not in living | building],
        "routes": [launch for launch in routes if launch not in living | building],
    }


async def sweep(database: Database, machinery: Machinery) -> dict[str, list[str]]:
    """Remove the orphans; returns what was found."""
    orphans = await find_orphans(database, machinery)
    for launch_id in orphans["routes"]:
        await machinery.edge.remove_route(launch_id)
    async with database.transaction() as session:
        fence = await operations.next_fence(session)
    for launch_id in orphans["processes"]:
        await machinery.runtime.remove(launch_id, fence)
    for name in orphans["databases"]:
        await machinery.databases.drop(name, fence)
    if any(orphans.values()):
        log.warning("orphans removed", **orphans)
    return orphans
