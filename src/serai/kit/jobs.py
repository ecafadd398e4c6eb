"""Jobs: rows of Procrastinate's queue, deferred inside the transaction that wants them (ADR 2)."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from serai.kit.db import Database, Session
from serai.kit.tools import Tool, Tools, find_tool

OPERATIONS, BUILDS, DEFAULT = "operations", "builds", "default"

_DEFER = text(
    """
    SELECT procrastinate_defer_jobs_v1(ARRAY[
        ROW(:queue, :task, 0, :lock, NULL, CAST(:args AS jsonb), NULL)
    ]::procrastinate_job_to_defer_v1[])
    """
)


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
    session: Session, name: str, *, queue: str = DEFAULT, lock: str | None = None, **arguments: Any
) -> None:
    """Queue a job; it exists if and only if the session's transaction commits.

    Jobs that share a `lock` run one after the other, over all workers.
    """
    if name not in _tasks:
        raise ValueError(f"no task is called {name}")
    parameters = {"queue": queue, "task": name, "lock": lock, "args": json.dumps(arguments)}
    await session.execute(_DEFER, parameters)
