"""Jobs: rows of Procrastinate's queue, deferred inside the transaction that wants them (ADR 2)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException

from serai.kit.db import Database, Session
from serai.kit.db_calls import database_unavailable
from serai.kit.tools import Tool, Tools, find_tool

OPERATIONS, BUILDS, DEFAULT = "operations", "builds", "default"


@dataclass(frozen=True, slots=True)
class Job:
    """What a task function gets besides its arguments."""

    database: Database
    worker: str
    tools: Tools

    def tool(self, kind: type[Tool]) -> Tool:
        return find_tool(self.tools, kind)


Task = Callable[..., Awaitable[None]]
_tasks: dict[str, Task] = {}


def task(name: str) -> Callable[[Task], Task]:
    """Register `async def function(job: Job, **arguments)` under `name`. It must be idempotent."""

    def register(function: Task) -> Task:
        if name in _tasks:
            raise ValueError(f"two tasks are called {name}")
        _tasks[name] = function
        return function

    return register


def tasks() -> dict[str, Task]:
    return dict(_tasks)


async def defer(
    session: Session,
    name: str,
    *,
    queue: str = DEFAULT,
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
    if queueing_lock is None:
        await _insert(session, name, arguments, queue=queue, lock=lock)
        return True
    try:
        async with session.begin_nested():  # a refused row must not end the caller's transaction
            await _insert(session, name, arguments, queue=queue, lock=lock, queueing_lock=queueing_lock)
    except AlreadyEnqueued:
        return False
    return True


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
