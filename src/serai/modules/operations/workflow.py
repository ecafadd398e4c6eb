"""What an operation is made of: steps that can be repeated and, where they change the world, undone."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from serai.kit import jobs
from serai.kit.db import Json, Session
from serai.kit.tools import Tool, Tools, find_tool
from serai.modules.operations.models import Operation


class Recorder(Protocol):
    """What a running step may write: only while its claim is the newest."""

    async def log(self, step: str | None, message: str, level: str = "info") -> None: ...

    async def progress(self, step: str, fraction: float) -> None: ...

    def transaction(self) -> Any: ...


@dataclass(slots=True)
class Context:
    """What a step gets. `outputs` holds what the finished steps returned, by step name; `memo` what
    steps of this claim keep for the next ones; `version` is the workflow's at the time of queueing."""

    operation_id: str
    kind: str
    subject: str
    account_id: str | None
    input: Json
    version: int
    fence: int
    tools: Tools
    recorder: Recorder
    outputs: dict[str, Json] = field(default_factory=dict)
    memo: dict[str, Any] = field(default_factory=dict)
    step: str | None = None

    def tool(self, kind: type[Tool]) -> Tool:
        return find_tool(self.tools, kind)

    async def log(self, message: str, level: str = "info") -> None:
        await self.recorder.log(self.step, message, level)

    async def progress(self, fraction: float) -> None:
        """How far the present step is, from 0 to 1."""
        if self.step is not None:
            await self.recorder.progress(self.step, fraction)

    async def still_ours(self) -> None:
        """Raises LostClaim when another worker has taken over."""
        async with self.transaction():
            pass

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """A short transaction that commits only while this claim is the newest."""
        async with self.recorder.transaction() as session:
            yield session


Do = Callable[[Context], Awaitable[Json | None]]
Undo = Callable[[Context], Awaitable[None]]
Finish = Callable[[Session, Operation], Awaitable[None]]


async def nothing(session: Session, operation: Operation) -> None:
    """Most endings change nothing but the operation itself."""


@dataclass(frozen=True, slots=True)
class Step:
    """`do` and `undo` are idempotent: a crash may have them run again from their beginning.

    `weight` is the step's share of the progress bar, `attempts` how often a passing failure
    (`Unavailable`) is tried before it counts as final.
    """

    name: str
    title: str
    do: Do
    undo: Undo | None = None
    weight: int = 10
    attempts: int = 8


@dataclass(frozen=True, slots=True)
class Workflow:
    """The steps of one kind of operation, and what its end means.

    The endings run inside the transaction that records the end; `reopened` inside the one that
    queues a failed or cancelled operation again. Operations under way keep the steps they were
    queued with, found by name: one that leaves `steps` goes to `retired`, and `version` rises (ADR 18).
    """

    kind: str
    title: str
    steps: Sequence[Step]
    version: int = 1
    retired: Sequence[Step] = ()
    succeeded: Finish = nothing
    failed: Finish = nothing
    reopened: Finish = nothing
    cancellable: bool = True
    queue: str = jobs.OPERATIONS

    def by_name(self) -> dict[str, Step]:
        """The steps of today and the former ones."""
        return {step.name: step for step in (*self.steps, *self.retired)}


_workflows: dict[str, Workflow] = {}


def register(workflow: Workflow) -> Workflow:
    if workflow.kind in _workflows:
        raise ValueError(f"two workflows are called {workflow.kind}")
    if len(workflow.by_name()) < len(workflow.steps) + len(workflow.retired):
        raise ValueError(f"two steps of {workflow.kind} have one name")
    _workflows[workflow.kind] = workflow
    return workflow


def workflow_of(kind: str) -> Workflow:
    """The registered workflow; one without steps for a kind that is known no longer."""
    return _workflows.get(kind) or Workflow(kind, kind, steps=(), cancellable=False)


def workflows() -> Sequence[Workflow]:
    return tuple(_workflows.values())
