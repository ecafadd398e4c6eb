"""Writes an operation's state, and only while its claim is the newest (fencing)."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from serai.kit import clock
from serai.kit.db import Database, Json, Session
from serai.kit.errors import Unavailable
from serai.modules.operations import queries
from serai.modules.operations.errors import LostClaim, RecordingFailed
from serai.modules.operations.models import Operation, OperationStep

log = structlog.get_logger()

_FLUSH_SECONDS = 0.15
_DATABASE_PATIENCE = 60.0


Ending = Callable[[Session], Awaitable[None]]


@dataclass(slots=True)
class Change:
    """What one record writes: columns of steps, by position, and of the operation. `begins` names the
    one of them that is not written when cancelling was asked for."""

    steps: dict[int, Json] = field(default_factory=dict)
    operation: Json = field(default_factory=dict)
    begins: int | None = None

    def as_json(self, lines: Sequence[Json], percent: Mapping[int, int]) -> Json:
        steps: dict[int, Json] = {position: {"progress": value} for position, value in percent.items()}
        for position, columns in self.steps.items():
            steps.setdefault(position, {}).update(columns)
        rows = {position: {"position": position, **_all_stored(row)} for position, row in steps.items()}
        begins = rows.pop(self.begins, None) if self.begins is not None else None
        parts = {
            "steps": list(rows.values()), "begins": begins,
            "operation": _all_stored(self.operation), "lines": lines,
        }  # fmt: skip
        return {name: part for name, part in parts.items() if part}


class FencedRecorder:
    """All writes of one claim. Every transaction begins by holding the claim or raises LostClaim.

    `cancel_wanted`: whether cancelling had been asked for when the last one began.
    """

    def __init__(self, database: Database, operation: Operation, steps: Sequence[OperationStep]) -> None:
        self._database = database
        self._operation_id, self._fence = operation.id, operation.fence
        self._position = {step.name: step.position for step in steps}
        self.cancel_wanted = False
        self._lines: list[Json] = []
        self._percent: dict[str, int] = {}
        self._flushed_at = 0.0
        self._flushing = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        async with self._database.transaction() as session:
            cancel = await queries.hold(session, self._operation_id, self._fence)
            if cancel is None:
                raise LostClaim(self._operation_id)
            self.cancel_wanted = cancel
            yield session

    async def record(self, change: Change, *, ending: Ending | None = None) -> None:
        """Write `change` with the waiting log lines, and `ending`'s part, in one fenced transaction.

        Waits for a database that is away. Raises RecordingFailed after a minute: the operation is
        left as it is to whoever finds it.
        """
        deadline, pause = time.monotonic() + _DATABASE_PATIENCE, 0.1
        while True:
            try:
                return await self._record_once(change, ending)
            except Unavailable as error:
                if time.monotonic() > deadline:
                    raise RecordingFailed(self._operation_id) from error
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2)

    async def cancel_requested(self) -> bool:
        async with self._database.transaction() as session:
            cancel = await queries.peek(session, self._operation_id, self._fence)
        if cancel is None:
            raise LostClaim(self._operation_id)
        return cancel

    async def log(self, step: str | None, message: str, level: str = "info") -> None:
        self._lines.append(_line(step, message, level))
        await self._flush_when_due()

    async def progress(self, step: str, fraction: float) -> None:
        self._percent[step] = round(min(max(fraction, 0), 1) * 100)
        await self._flush_when_due()

    def note(self, step: str | None, message: str, level: str = "info") -> None:
        """A log line that goes out with the next record."""
        self._lines.append(_line(step, message, level))

    async def _flush_when_due(self) -> None:
        if self._flushing.locked() or time.monotonic() - self._flushed_at < _FLUSH_SECONDS:
            return
        async with self._flushing:
            await self.record(Change())

    async def _record_once(self, change: Change, ending: Ending | None) -> None:
        lines, percent = self._lines[:], dict(self._percent)
        written = change.as_json(lines, {self._position[step]: value for step, value in percent.items()})
        if ending is None:
            cancel = await queries.record(self._database, self._operation_id, self._fence, written)
        else:
            async with self._database.transaction() as session:
                cancel = await queries.record_in(session, self._operation_id, self._fence, written)
                if cancel is not None:
                    await ending(session)
        if cancel is None:
            raise LostClaim(self._operation_id)
        self._database.tell(queries.CHANNEL, self._operation_id)
        self.cancel_wanted = cancel
        del self._lines[: len(lines)]
        for step in percent:
            self._percent.pop(step, None)
        self._flushed_at = time.monotonic()


def _line(step: str | None, message: str, level: str) -> Json:
    clean = message.replace("\x00", "").rstrip()[:4000]
    return {"step": step, "message": clean, "level": level, "at": _stored(clock.now())}


def _all_stored(columns: Json) -> Json:
    return {name: _stored(value) for name, value in columns.items()}


def _stored(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
