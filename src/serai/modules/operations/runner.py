"""Carries one operation on: from wherever the last claim left it to its end."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psycopg
import structlog

from serai.kit import clock
from serai.kit.db import Database, Json, Session
from serai.kit.errors import SeraiError, Unavailable
from serai.kit.i18n import _
from serai.kit.tools import Tools
from serai.modules.operations import queries
from serai.modules.operations.errors import LostClaim, PlanUnknown, RecordingFailed
from serai.modules.operations.models import Operation, OperationStep
from serai.modules.operations.recorder import Change, FencedRecorder
from serai.modules.operations.workflow import Context, Finish, Step, Workflow, nothing, workflow_of

log = structlog.get_logger()

TRANSIENT = (Unavailable, ConnectionError, TimeoutError, psycopg.OperationalError)
_LOOK_EVERY = 0.5
_LONGEST_PAUSE = 10.0
_LONGEST_ERROR = 20_000


class Cancelled(Exception):
    """Somebody asked for the operation to be cancelled."""


async def run(database: Database, operation_id: str, worker: str, tools: Tools) -> None:
    """Claim the operation and bring it to its end. Does nothing when it has ended already.

    Raises LostClaim when another worker took over meanwhile.
    """
    claimed = await queries.claim(database, operation_id, worker)
    if claimed is not None:
        await Runner(database, *claimed, tools).to_the_end()
    else:
        # Whoever ended it may have died before it told so.
        database.tell(queries.CHANNEL, operation_id)
    await database.told()


class Runner:
    """One claim on one operation."""

    def __init__(
        self, database: Database, operation: Operation, rows: list[OperationStep], tools: Tools
    ) -> None:
        self._operation = operation
        self._rows = rows
        self._workflow: Workflow = workflow_of(operation.kind)
        self._steps = self._workflow.by_name()
        self._recorder = FencedRecorder(database, operation, rows)
        self._finished = Change()
        self._context = Context(
            operation_id=operation.id,
            kind=operation.kind,
            subject=operation.subject,
            account_id=operation.account_id,
            input=operation.input,
            version=operation.workflow_version,
            fence=operation.fence,
            tools=tools,
            recorder=self._recorder,
            outputs={row.name: row.output or {} for row in rows if row.state == "done"},
        )

    async def to_the_end(self) -> None:
        if self._operation.state != "undoing":
            try:
                await self._do_all()
            except (LostClaim, RecordingFailed):
                raise
            except Cancelled:
                await self._turn_back(None)
            except Exception as error:
                await self._turn_back(error)
            else:
                return
        await self._undo_all()

    async def _do_all(self) -> None:
        if self._operation.claims > 1:
            self._recorder.note(None, f"Taken over by {self._operation.claimed_by}.", "warning")
        left = [row for row in self._rows if row.state != "done"]
        self._require_known(left)
        for row in left:
            await self._begin(row)
            output = await self._attempt(row, self._steps[row.name])
            self._context.outputs[row.name] = output
            self._finish(row, output)
        await self._succeed()

    def _require_known(self, left: Sequence[OperationStep]) -> None:
        """A plan that cannot be finished is not carried on at all."""
        if self._operation.workflow_version > self._workflow.version:
            raise PlanUnknown(_("The operation was queued by a newer version of Serai."))
        if gone := [row.title for row in left if row.name not in self._steps]:
            raise PlanUnknown(
                _("This version of Serai no longer has the step “%(step)s”. Try the operation again.", step=gone[0])
            )

    async def _begin(self, row: OperationStep) -> None:
        """Record at once that the former step is done and this one begins."""
        change, self._finished = self._finished, Change()
        row.attempts += 1
        change.begins, change.steps[row.position] = row.position, {
            "state": "running", "attempts": row.attempts, "started_at": clock.now(), "error": None,
        }  # fmt: skip
        await self._recorder.record(change)
        if self._recorder.cancel_wanted:
            raise Cancelled
        row.state = "running"

    def _finish(self, row: OperationStep, output: Json) -> None:
        """The next record says so."""
        row.state = "done"
        self._finished.steps[row.position] = {
            "state": "done", "output": output, "finished_at": clock.now(), "progress": 100,
        }  # fmt: skip
        self._finished.operation["progress"] = percent_done(self._rows)

    async def _attempt(self, row: OperationStep, step: Step) -> Json:
        self._context.step = step.name
        for attempt in range(1, step.attempts + 1):
            try:
                return await self._watched(step.do(self._context)) or {}
            except TRANSIENT as error:
                if attempt == step.attempts:
                    raise
                pause = min(0.2 * 2 ** (attempt - 1), _LONGEST_PAUSE)
                self._recorder.note(step.name, f"{error} Trying again in {pause:.1f} s.", "warning")
                row.attempts += 1
                await self._recorder.record(Change({row.position: {"attempts": row.attempts}}))
                await self._watched(asyncio.sleep(pause))
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _watched(self, work: Any) -> Any:
        """Await `work`, looking now and then whether it is still wanted and still ours."""
        task = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait({task}, timeout=_LOOK_EVERY))[0]:
                with suppress(Unavailable):
                    cancel = await self._recorder.cancel_requested()
                    if cancel and self._operation.state == "running":
                        raise Cancelled
            return task.result()
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _succeed(self) -> None:
        await self._end("succeeded", self._workflow.succeeded, progress=100)

    async def _end(self, state: str, finish: Finish, **columns: Any) -> None:
        ended = {"state": state, "finished_at": clock.now(), **columns}
        change = Change(self._finished.steps, self._finished.operation | ended)

        async def ending(session: Session) -> None:
            self._operation.state = state
            await finish(session, self._operation)

        await self._recorder.record(change, ending=None if finish is nothing else ending)

    async def _turn_back(self, error: Exception | None) -> None:
        self._operation.state = "undoing"
        self._operation.error = describe(error) if error else None
        running = [row for row in self._rows if row.state == "running"]
        if error is not None:
            log.warning("operation failed", operation=self._operation.id, error=str(error),
                        exc_info=None if isinstance(error, SeraiError) else error)  # fmt: skip
            self._recorder.note(self._context.step, describe(error), "error")

        change, self._finished = self._finished, Change()
        for row in running:
            row.state = "failed"
            change.steps[row.position] = {
                "state": "failed", "error": self._operation.error, "finished_at": clock.now(),
            }  # fmt: skip
        change.operation |= {"state": "undoing", "error": self._operation.error}
        await self._recorder.record(change)

    async def _undo_all(self) -> None:
        problem: str | None = None
        for row in reversed(self._rows):
            step = self._steps.get(row.name)
            if row.state in {"pending", "undone"}:
                continue
            if step is None:
                problem = self._left_behind(row)
            elif step.undo is not None:
                problem = await self._undo(row, step) or problem
        state = "failed" if self._operation.error else "cancelled"
        self._operation.undo_error = problem
        await self._end(state, self._workflow.failed, undo_error=problem)

    async def _undo(self, row: OperationStep, step: Step) -> str | None:
        self._context.step = step.name
        for attempt in range(1, step.attempts + 1):
            row.undo_attempts += 1
            await self._set_undo(row, "undoing")
            try:
                await self._watched(step.undo(self._context))  # type: ignore[misc]
            except (LostClaim, RecordingFailed):
                raise
            except Exception as error:
                self._recorder.note(step.name, f"Undoing: {describe(error)}", "warning")
                if attempt == step.attempts:
                    log.exception("undo failed", operation=self._operation.id, step=step.name)
                    return describe(error)
                await asyncio.sleep(min(0.2 * 2 ** (attempt - 1), _LONGEST_PAUSE))
            else:
                await self._set_undo(row, "undone")
                return None
        return None

    async def _set_undo(self, row: OperationStep, state: str) -> None:
        row.state = state
        await self._recorder.record(
            Change({row.position: {"state": state, "undo_attempts": row.undo_attempts}})
        )

    def _left_behind(self, row: OperationStep) -> str:
        problem = _("The step “%(step)s” is unknown to this version of Serai: what it did stays.", step=row.title)
        self._recorder.note(row.name, problem, "warning")
        return problem


def percent_done(rows: Sequence[OperationStep]) -> int:
    """Finished weight over all weight, the running step counted by its own progress."""
    total = sum(row.weight for row in rows) or 1
    done = sum(
        row.weight * (100 if row.state == "done" else row.progress if row.state == "running" else 0)
        for row in rows
    )
    return int(done / total)


def describe(error: Exception) -> str:
    """One message for people: ours as they are, foreign ones with their type. Systems are hostile, and what
    they print is part of it: without what a database cannot hold, and not without end."""
    said = error.message if isinstance(error, SeraiError) else f"{type(error).__name__}: {error}"
    return said.replace("\x00", "").encode("utf-8", "replace").decode()[-_LONGEST_ERROR:]
