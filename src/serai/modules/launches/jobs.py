"""What the worker does for launches now and then."""

from contextlib import suppress
from functools import partial

from serai.kit import jobs
from serai.kit.db import Database
from serai.kit.errors import Conflict, Unavailable
from serai.modules import fleet, operations
from serai.modules.launches import account_sync, queries, subscription_sync, sweep

_TRIES = 5

_ACCOUNT, _SUBSCRIPTION = "launches.follow_account", "launches.follow_subscription"

Route = tuple[str, str, int]


@jobs.task("launches.queue_accounts", queue=jobs.SCHEDULES)
async def queue_accounts(job: jobs.Job) -> None:
    async with job.database.transaction() as session:
        await jobs.defer_each(session, _ACCOUNT, "account_id", await account_sync.accounts(session))


@jobs.task(_ACCOUNT, queue=jobs.BACKGROUND, retries=5)
async def follow_account(job: jobs.Job, account_id: str) -> None:
    async with job.database.transaction() as session:
        await account_sync.follow(session, account_id)


@jobs.task("launches.queue_subscriptions", queue=jobs.SCHEDULES)
async def queue_subscriptions(job: jobs.Job) -> None:
    async with job.database.transaction() as session:
        await jobs.defer_each(session, _SUBSCRIPTION, "launch_id", await subscription_sync.unlike_subscription(session))


@jobs.task(_SUBSCRIPTION, queue=jobs.BACKGROUND, retries=5)
async def follow_subscription(job: jobs.Job, launch_id: str) -> None:
    """One that is busy or has no room is left for the next round."""
    with suppress(Conflict, fleet.NoCapacity):
        async with job.database.transaction() as session:
            await subscription_sync.follow_or_end(session, launch_id)


@jobs.task("launches.restore_routes", queue=jobs.BACKGROUND)
async def restore(job: jobs.Job) -> None:
    await restore_routes(job.database, job.tool(fleet.Fleet))


@jobs.task("launches.remove_orphans", queue=jobs.BACKGROUND)
async def remove_orphans(job: jobs.Job) -> None:
    await sweep.sweep(job.database, job.tool(fleet.Fleet))


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
