"""The worker: runs the queue's jobs, and rescues those whose worker died.

A composition root: it knows the modules, the drivers and the queue's library, and only it does.
"""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import psycopg
import structlog
from procrastinate import App, PsycopgConnector, RetryStrategy, sql
from sqlalchemy import text

from serai.composition import Platform, open_platform
from serai.kit import clock, heartbeats, idempotency, ids, jobs
from serai.kit.actor import SYSTEM
from serai.kit.db import Database, Session
from serai.kit.db_role import refuse_wrong_role
from serai.kit.errors import SeraiError
from serai.kit.settings import Settings
from serai.modules import billing, identity, launches, notifications, operations

log = structlog.get_logger()

HEARTBEAT_SECONDS = 1.0
STALLED_SECONDS = 3.0
_POLL_SECONDS = 0.2
_LONGEST_PAUSE = 30.0
_SWEEP_SECONDS = 300.0
_DIGEST_SECONDS = 600.0
_BILLING_SECONDS = 2.0
# Operations are queued again by `rescue`; a subscriber that fails is tried for about an hour.
_RETRY = {"events.handle": RetryStrategy(max_attempts=12, exponential_wait=2)}
_CLAIM_LOST = 75  # EX_TEMPFAIL: start me again
_FETCH_AT_EASE = (
    sql.queries["fetch_job"].rstrip("; \n")
    + ", (SELECT set_config('synchronous_commit', 'off', true) OFFSET 0) AS at_ease"
)
_ONE_AT_A_TIME = text("SELECT pg_try_advisory_xact_lock(5728215)")


def name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def queue_app(platform: Platform, worker: str) -> App:
    """Procrastinate's view of our tasks."""
    app = App(connector=_Connector(
        conninfo=platform.database.url, min_size=1, max_size=6, configure=_single_statements
    ))  # fmt: skip
    job = jobs.Job(database=platform.database, worker=worker, tools=platform.tools)
    for task_name, function in jobs.tasks().items():
        app.task(name=task_name, retry=_RETRY.get(task_name, False))(_bound(function, job))
    app.job_manager.update_heartbeat = _patient(  # type: ignore[assignment, method-assign]
        app.job_manager.update_heartbeat
    )
    return app


async def _single_statements(connection: psycopg.AsyncConnection[Any]) -> None:
    """All the library sends: BEGIN and COMMIT around them would be round trips for nothing."""
    await connection.set_autocommit(True)


class _Connector(PsycopgConnector):
    """A fetch need not outlast a crash of the database: the job waits again then, and what ran it had
    to commit before it did anything. Jobs are fetched one after the other, and all would wait."""

    async def execute_query_one_async(self, query: Any, **arguments: Any) -> Any:
        query = _FETCH_AT_EASE if query == sql.queries["fetch_job"] else query
        return await super().execute_query_one_async(query, **arguments)


def _patient(beat: Callable[[int], Awaitable[None]]) -> Callable[[int], Awaitable[None]]:
    """One failed heartbeat must not be the last: the library would stop beating without a word,
    and a living worker's jobs would be given to others for ever."""

    async def try_to_beat(worker_id: int) -> None:
        try:
            await beat(worker_id)
        except Exception as error:
            log.warning("heartbeat failed, the next one may not", error=str(error))

    return try_to_beat


def _bound(function: jobs.Task, job: jobs.Job) -> Callable[..., Awaitable[None]]:
    async def run(**arguments: Any) -> None:
        try:
            await function(job, **arguments)
        except operations.LostClaim as lost:
            # We were taken for dead and others went on. Anything we would still write, the
            # queue's own bookkeeping included, would be wrong: leave at once.
            log.exception("claim lost, this worker ends", operation=str(lost))
            os._exit(_CLAIM_LOST)

    return run


async def run(settings: Settings, *, at_once: int | None = None) -> None:
    """Work until SIGTERM or SIGINT, then finish what is under way for up to ten seconds."""
    platform = open_platform(settings, acting=SYSTEM)
    worker = name()
    app = queue_app(platform, worker)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await refuse_wrong_role(platform.database)
        async with app.open_async():
            await _until(stop, _work(app, platform, worker, at_once or settings.operations_at_once))
    finally:
        await platform.close()


async def _restore_routes(platform: Platform) -> None:
    """Until it has worked: without it, systems that run are not reached. A server may stay away for long."""
    pause = 0.5
    while True:
        try:
            count = await launches.restore_routes(platform.database, platform.fleet)
        except SeraiError as error:
            log.warning("routes not restored yet", error=error.message)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        else:
            log.info("worker ready", routes=count)
            return


async def _work(app: App, platform: Platform, worker: str, at_once: int) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(serve_queues(app, worker, at_once))
        group.create_task(_restore_routes(platform))
        group.create_task(every(HEARTBEAT_SECONDS, lambda: heartbeats.beat(platform.database, worker)))
        group.create_task(every(HEARTBEAT_SECONDS / 2, lambda: rescue(app, platform)))
        group.create_task(every(_SWEEP_SECONDS, lambda: tidy(app, platform)))
        group.create_task(deliver_mail(platform, worker))
        group.create_task(every(_BILLING_SECONDS, lambda: billing.duties.keep_going(platform.gateways)))
        group.create_task(every(_DIGEST_SECONDS, lambda: notifications.send_digests(platform.database)))


async def serve_queues(app: App, worker: str, at_once: int) -> None:
    # A launch may wait for a build: builds have a slot of their own, or all could wait.
    slots = {jobs.OPERATIONS: at_once, jobs.BUILDS: 1, jobs.DEFAULT: 2}
    async with asyncio.TaskGroup() as group:
        for queue, concurrency in slots.items():
            group.create_task(_serve(app, queue, concurrency, f"{worker}/{queue}"))


async def _serve(app: App, queue: str, concurrency: int, worker: str) -> None:
    await app.run_worker_async(
        queues=[queue], name=worker, concurrency=concurrency, install_signal_handlers=False,
        fetch_job_polling_interval=_POLL_SECONDS, delete_jobs="successful",
        update_heartbeat_interval=HEARTBEAT_SECONDS, stalled_worker_timeout=STALLED_SECONDS,
        shutdown_graceful_timeout=8,
    )  # fmt: skip
    raise RuntimeError(f"the queue {queue} is no longer served")


async def rescue(app: App, platform: Platform) -> None:
    """Give the jobs of dead workers back to the queue, and jobs to operations without one.

    One worker at a time: a second one with an older list would take jobs from those who got them.
    """
    async with platform.database.transaction() as session:
        if not (await session.execute(_ONE_AT_A_TIME)).scalar_one():
            return
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
            log.warning("job rescued", job=job.id, task=job.task_name, arguments=job.task_kwargs)
            await app.job_manager.retry_job(job)
        forgotten = await operations.requeue_forgotten(session)
    if forgotten:
        log.warning("operations without a job queued again", count=forgotten)


async def tidy(app: App, platform: Platform) -> None:
    """Remove orphans and what is too old to be of use, and make the edge's routes those they
    should be: each duty on its own, so that one that fails keeps no other from its work."""
    database, servers = platform.database, platform.fleet
    duties: dict[str, Callable[[], Awaitable[object]]] = {
        "old jobs": lambda: app.job_manager.delete_old_jobs(nb_hours=7 * 24, include_failed=True),
        "routes": lambda: launches.restore_routes(database, servers),
        "accounts' systems": lambda: launches.follow_all(database),
        "systems and their subscriptions": lambda: launches.follow_subscriptions(database),
        "billing": lambda: billing.duties.look_after(platform.gateways),
        "orphans": lambda: launches.sweep(database, servers),
        "idempotency keys": lambda: _in_transaction(database, _forget_idempotency_keys),
        "sessions": lambda: _in_transaction(database, identity.sessions.forget_expired),
        "sign-in grants": lambda: _in_transaction(database, identity.provider.forget_old),
        "signing keys": lambda: _in_transaction(
            database, lambda session: identity.signing_keys.keep_fresh(session, platform.vault)
        ),
        "mails and messages": lambda: notifications.tidy(database, platform.settings),
    }
    for duty, work in duties.items():
        await _try(work, duty)


async def _in_transaction(database: Database, work: Callable[[Session], Awaitable[object]]) -> None:
    async with database.transaction() as session:
        await work(session)


async def _forget_idempotency_keys(session: Session) -> None:
    await idempotency.forget_before(session, clock.now() - timedelta(days=1))


async def deliver_mail(platform: Platform, worker: str) -> None:
    """Until the worker ends. Where nobody would ever read what is kept here, mails wait instead."""
    if platform.settings.holds_mail:
        log.error("no mail is sent: set SERAI_MAIL to smtp or sendgrid; until then mails wait")
        return
    # Not the process's number alone: a new process may get that of one that died with mails in hand.
    sender = notifications.Sender(
        platform.database, platform.settings, platform.vault, platform.mail, f"{worker}/{ids.new('snd')}"
    )
    await sender.run()


async def every(seconds: float, work: Callable[[], Awaitable[object]]) -> None:
    while True:
        began = time.monotonic()
        await _try(work)
        await asyncio.sleep(max(0.05, seconds - (time.monotonic() - began)))


async def _try(work: Callable[[], Awaitable[object]], duty: str = "") -> None:
    try:
        await work()
    except Exception as error:
        log.warning("a regular duty failed and will be tried again", duty=duty, error=str(error))


async def _until(stop: asyncio.Event, work: Awaitable[None]) -> None:
    """Run `work` until it fails or `stop` is set; its failure ends the process, which is restarted."""
    task = asyncio.ensure_future(work)
    waiting = asyncio.ensure_future(stop.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        waiting.cancel()
        return task.result()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return None
