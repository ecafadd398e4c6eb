"""Jobs: rows of Procrastinate's queue, deferred inside the transaction that wants them (ADR 2)."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from sqlalchemy import ColumnElement, column, exists, literal, select, table, text
from sqlalchemy.orm import InstrumentedAttribute

from serai.kit.db import Database, Session
from serai.kit.db_calls import database_unavailable
from serai.kit.tools import Tool, Tools, find_tool

OPERATIONS, BUILDS, DEFAULT = "operations", "builds", "default"
SCHEDULES = "schedules"  # what is due? Short, and never behind the work that it finds
BACKGROUND = "background"  # what nobody waits for: renewals, mails with documents, sweeps
PAYMENTS = "payments"  # all that waits for a gateway's answer
_JOBS = table("procrastinate_jobs", column("queueing_lock"), column("task_name"))
_UNDER_WAY = text("procrastinate_jobs.status IN ('todo', 'doing')")


@dataclass(frozen=True, slots=True)
class Job:
    """What a task function gets besides its arguments."""

    database: Database
    worker: str
    tools: Tools

    def tool(self, kind: type[Tool]) -> Tool:
        return find_tool(self.tools, kind)


Function = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Task:
    """`retries`: how often one that failed is tried again, after 2, 4, 8, … seconds."""

    run: Function
    queue: str
    retries: int


_tasks: dict[str, Task] = {}


def task(name: str, *, queue: str = DEFAULT, retries: int = 0) -> Callable[[Function], Function]:
    """Register `async def function(job: Job, **arguments)` under `name`. It must be idempotent."""

    def register(function: Function) -> Function:
        if name in _tasks:
            raise ValueError(f"two tasks are called {name}")
        _tasks[name] = Task(function, queue, retries)
        return function

    return register


def tasks() -> dict[str, Task]:
    return dict(_tasks)


async def defer(
    session: Session,
    name: str,
    *,
    queue: str | None = None,
    lock: str | None = None,
    queueing_lock: str | None = None,
    **arguments: Any,
) -> bool:
    """Queue a job; it exists if and only if the session's transaction commits.

    Jobs that share a `lock` run one after the other, over all workers. While one waits with the same
    `queueing_lock`, no other is queued: False.
    """
    if name not in _tasks:
        raise ValueError(f"no task is called {name}")
    queue = queue or _tasks[name].queue
    if queueing_lock is None:
        await _insert(session, name, arguments, queue=queue, lock=lock)
        return True
    try:
        async with session.begin_nested():  # a refused row must not end the caller's transaction
            await _insert(session, name, arguments, queue=queue, lock=lock, queueing_lock=queueing_lock)
    except AlreadyEnqueued:
        return False
    return True


async def defer_each(
    session: Session, name: str, argument: str, ids: Iterable[str], *, lock: Callable[[str], str] | None = None
) -> int:
    """A job for each of what the `ids` name, given as `argument`, unless one waits; how many were queued.
    Two for the same never run at once."""
    queued = 0
    for each in ids:
        key = _about(name, each)
        of_it = lock(each) if lock else key
        queued += await defer(session, name, lock=of_it, queueing_lock=key, **{argument: each})
    return queued


def unqueued(name: str, id_: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """SQL: no job of `name` that `defer_each` made waits or runs for it. So what fails again and again
    takes no place among what is found due."""
    return ~exists().where(_JOBS.c.queueing_lock == literal(_about(name, "")) + id_, _UNDER_WAY)


async def under_way(session: Session, name: str) -> Sequence[str]:
    """For what jobs of `name`, made by `defer_each`, wait or run."""
    query = select(_JOBS.c.queueing_lock).where(_JOBS.c.task_name == name, _UNDER_WAY)
    return [key.removeprefix(_about(name, "")) for key in (await session.execute(query)).scalars()]


def _about(name: str, id_: str) -> str:
    return f"{name}:{id_}"


async def _insert(session: Session, name: str, arguments: dict[str, Any], **options: Any) -> None:
    raw = await (await session.connection()).get_raw_connection()
    job = _library().configure_task(name, connection=raw.driver_connection, **options)
    try:
        await job.defer_async(**arguments)
    except ConnectorException as error:
        if isinstance(error.__cause__, psycopg.OperationalError | psycopg.InterfaceError):
            raise database_unavailable() from error
        raise


@cache
def _library() -> App:
    """Never opened: whoever defers brings the connection along."""
    return App(connector=PsycopgConnector())
