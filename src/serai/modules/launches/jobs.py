"""What the worker does for launches when it starts and now and then."""

from serai.kit.db import Database
from serai.modules import fleet
from serai.modules.launches import queries
from serai.modules.launches.machinery import Machinery


async def restore_routes(database: Database, machinery: Machinery) -> int:
    """Make the edge lead to exactly the launches that run; how many there are."""
    async with database.transaction() as session:
        launches = await queries.routed(session)
        ports = {row.launch_id: row.port for row in await fleet.allocations(session)}
    routes = [(launch.id, launch.host, ports[launch.id]) for launch in launches]
    await machinery.edge.replace_routes(routes)
    return len(routes)
