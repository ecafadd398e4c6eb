"""The worker: runs the queue's jobs, and rescues those whose worker died.

A composition root: it knows the modules, the drivers and the queue's library, and only it does.
"""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import psycopg
import structlog
from procrastinate import App, PsycopgConnector, RetryStrategy, sql
from procrastinate.exceptions import AlreadyEnqueued, UniqueViolation
from procrastinate.jobs import Job, Status
from sqlalchemy import text

from serai.composition import Platform, open_platform
from serai.kit import heartbeats, idempotency, ids, jobs
from serai.kit.actor import SYSTEM
from serai.kit.db_role import refuse_wrong_role
from serai.kit.errors import SeraiError
from serai.kit.settings import Settings
from serai.modules import billing, launches, load_all, notifications, operations, registered

log = structlog.get_logger()

HEARTBEAT_SECONDS = 1.0
STALLED_SECONDS = 3.0
_POLL_SECONDS = {jobs.OPERATIONS: 0.2, jobs.BUILDS: 0.2, jobs.DEFAULT: 0.2, jobs.PAYMENTS: 0.2}
_TIDY_SECONDS = 300.0
_LONGEST_PAUSE = 30.0
_FINISH_SECONDS = 8.0  # for jobs under way, when the worker ends
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
    load_all()
    app = App(connector=_Connector(
        conninfo=platform.database.url, min_size=1, max_size=8, configure=_single_statements
    ))  # fmt: skip
    job = jobs.Job(database=platform.database, worker=worker, tools=platform.tools)
    for name, task in jobs.tasks().items():
        app.task(name=name, queue=task.queue, retry=_retry(task))(_bound(name, task, job))
    app.job_manager.update_heartbeat = _patient(  # type: ignore[assignment, method-assign]
        app.job_manager.update_heartbeat
    )
    app.job_manager.defer_periodic_job = _patient(  # type: ignore[assignment, method-assign]
        app.job_manager.defer_periodic_job
    )
    app.job_manager.retry_job = _or_leave_it_to_its_twin(app)  # type: ignore[assignment, method-assign]
    return app


def _or_leave_it_to_its_twin(app: App) -> Callable[..., Awaitable[None]]:
    """A job that runs and one that waits for the same may stand side by side, two that wait may not. Where
    one waits already, it does what the other was to do again."""
    retry = app.job_manager.retry_job

    async def retry_job(job: Job, **more: Any) -> None:
        try:
            await retry(job, **more)
        except UniqueViolation:
            await app.job_manager.finish_job(job=job, status=Status.FAILED, delete_job=True)

    return retry_job


def _retry(task: jobs.Task) -> RetryStrategy | bool:
    return RetryStrategy(max_attempts=task.retries, exponential_wait=2) if task.retries else False


def scheduler(app: App) -> App:
    """The same tasks, and when to queue those that modules schedule: of each one that waits and one that
    runs at most. Apart from `app`, for every server of a queue would queue what its app schedules."""
    made = App(connector=app.connector)
    made.job_manager = app.job_manager
    made.tasks = app.tasks
    for name, seconds in schedules().items():
        made.periodic(cron=cron(seconds), lock=name, queueing_lock=name)(app.tasks[name])
    return made


@cache
def schedules() -> dict[str, int]:
    return {each.task: each.seconds for module in registered() for each in module.schedules}


def cron(seconds: int) -> str:
    """For croniter, whose sixth field is the second."""
    if seconds < 60 and 60 % seconds == 0:
        return f"* * * * * */{seconds}"
    if seconds % 60 == 0 and seconds < 3600 and 3600 % seconds == 0:
        return f"*/{seconds // 60} * * * *"
    raise ValueError(f"{seconds} seconds are neither a whole part of a minute nor minutes, a whole part of an hour")


async def _single_statements(connection: psycopg.AsyncConnection[Any]) -> None:
    """All the library sends: BEGIN and COMMIT around them would be round trips for nothing."""
    await connection.set_autocommit(True)


class _Connector(PsycopgConnector):
    """A fetch need not outlast a crash of the database: the job waits again then, and what ran it had
    to commit before it did anything. Jobs are fetched one after the other, and all would wait."""

    async def execute_query_one_async(self, query: Any, **arguments: Any) -> Any:
        query = _FETCH_AT_EASE if query == sql.queries["fetch_job"] else query
        return await super().execute_query_one_async(query, **arguments)


def _patient(work: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[Any]]:
    """One failed heartbeat must not be the last: the library would stop beating without a word,
    and a living worker's jobs would be given to others for ever. Nor one failed turn of a schedule:
    the library would end."""

    async def try_to(*arguments: Any, **more: Any) -> object:
        try:
            return await work(*arguments, **more)
        except AlreadyEnqueued:
            raise
        except Exception as error:
            log.warning("heartbeat or schedule failed, the next one may not", error=str(error))
            return None

    return try_to


def _bound(name: str, task: jobs.Task, job: jobs.Job) -> Callable[..., Awaitable[None]]:
    async def run(**arguments: Any) -> None:
        scheduled = name in schedules() and arguments.pop("timestamp", None) is not None
        try:
            await task.run(job, **arguments)
        except operations.LostClaim as lost:
            # We were taken for dead and others went on. Anything we would still write, the
            # queue's own bookkeeping included, would be wrong: leave at once.
            log.exception("claim lost, this worker ends", operation=str(lost))
            os._exit(_CLAIM_LOST)
        except Exception as error:
            log.warning("a job failed", task=name, arguments=arguments, error=str(error))
            if not scheduled:  # that comes round again by itself
                raise

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
        group.create_task(serve_queues(app, worker, _slots(platform, at_once)))
        group.create_task(_restore_routes(platform))
        group.create_task(every(HEARTBEAT_SECONDS, lambda: heartbeats.beat(platform.database, worker)))
        group.create_task(every(HEARTBEAT_SECONDS / 2, lambda: rescue(app, platform)))
        group.create_task(every(_TIDY_SECONDS, lambda: tidy(app, platform)))
        group.create_task(deliver_mail(platform, worker))


def _slots(platform: Platform, at_once: int) -> dict[str, int]:
    """How many jobs of a queue run at once. A launch may wait for a build: builds have a slot of their own,
    or all could wait. Each gateway may have all of its lanes hang, and the others still have theirs."""
    return {
        jobs.OPERATIONS: at_once, jobs.BUILDS: 1, jobs.DEFAULT: 2, jobs.SCHEDULES: 2, jobs.BACKGROUND: 3,
        jobs.PAYMENTS: billing.payments.LANES * len(platform.gateways.factories),
    }  # fmt: skip


async def serve_queues(app: App, worker: str, slots: Mapping[str, int]) -> None:
    async with asyncio.TaskGroup() as group:
        for queue, concurrency in slots.items():
            serving = scheduler(app) if queue == jobs.SCHEDULES else app
            group.create_task(_serve(serving, queue, concurrency, f"{worker}/{queue}"))


async def _serve(app: App, queue: str, concurrency: int, worker: str) -> None:
    await app.run_worker_async(
        queues=[queue], name=worker, concurrency=concurrency, install_signal_handlers=False,
        fetch_job_polling_interval=_POLL_SECONDS.get(queue, 1.0), delete_jobs="successful",
        update_heartbeat_interval=HEARTBEAT_SECONDS, stalled_worker_timeout=STALLED_SECONDS,
        shutdown_graceful_timeout=_FINISH_SECONDS,
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
    """Remove what the queue and the kit, which are no module's, have kept for long enough."""
    await app.job_manager.delete_old_jobs(
        nb_hours=7 * 24, include_failed=True, include_cancelled=True, include_aborted=True
    )
    async with platform.database.transaction() as session:
        await idempotency.tidy(session)


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
        try:
            await work()
        except Exception as error:
            log.warning("a regular duty failed and will be tried again", error=str(error))
        await asyncio.sleep(max(0.05, seconds - (time.monotonic() - began)))


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
