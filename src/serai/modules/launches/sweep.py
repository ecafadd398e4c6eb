"""Orphan mitigation: what stands on the server and belongs to no living launch is removed.

Undo leaves nothing behind by itself; this is for what undo could not reach, such as a database
server that was away for longer than every retry.
"""

from collections.abc import Awaitable

import structlog

from serai.kit.db import Database
from serai.kit.errors import SeraiError
from serai.modules import catalog, operations
from serai.modules.launches import queries
from serai.modules.launches.machinery import Machinery
from serai.modules.launches.rendering import template_name

log = structlog.get_logger()


async def find_orphans(database: Database, machinery: Machinery) -> tuple[dict[str, list[str]], int]:
    """Names of databases and roles, processes with their files, and routes nobody owns; with a
    fence as old as that knowledge: whoever works on one of them by now is not disturbed."""
    names = await machinery.databases.names()
    processes = await machinery.runtime.launch_ids()
    routes = await machinery.edge.routes()
    # Read last: what exists by now was asked for before, so its launch is already visible.
    async with database.transaction() as session:
        fence = await operations.next_fence(session)
        living = await queries.living_ids(session) | await operations.active_subjects(session)
        templates = {
            template_name(release.id)
            for release in await catalog.list_releases(session)
            if release.state in {"ready", "building"}
        }
    return {
        "databases": [name for name in names if name not in living | templates],
        "processes": [launch for launch in processes if launch not in living],
        "routes": [launch for launch in routes if launch not in living],
    }, fence


async def sweep(database: Database, machinery: Machinery) -> dict[str, list[str]]:
    """Remove the orphans; returns what was found. What cannot be removed is tried again next time."""
    orphans, fence = await find_orphans(database, machinery)
    for launch_id in orphans["routes"]:
        await _try(machinery.edge.remove_route(launch_id), launch_id)
    for launch_id in orphans["processes"]:
        await _try(machinery.runtime.remove(launch_id, fence), launch_id)
    for name in orphans["databases"]:
        await _try(machinery.databases.drop(name, fence), name)
    if any(orphans.values()):
        log.warning("orphans removed", **orphans)
    return orphans


async def _try(removal: Awaitable[None], name: str) -> None:
    try:
        await removal
    except SeraiError as error:
        log.warning("an orphan stays for now", name=name, error=error.message)
