"""Writes an operation's state, and only while its claim is the newest (fencing)."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import structlog

from serai.kit import clock
from serai.kit.db import Database, Json, Session, notify
from serai.kit.errors import Unavailable
from serai.modules.operations import queries
from serai.modules.operations.errors import LostClaim, RecordingFailed

log = structlog.get_logger()
Result = TypeVar("Result")

_FLUSH_SECONDS = 0.15
_DATABASE_PATIENCE = 60.0


class FencedRecorder:
    """All writes of one claim. Every transaction begins by holding the claim or raises LostClaim.

    `cancel_wanted`: whether cancelling had been asked for when the last one began.
    """

    def __init__(self, database: Database, operation_id: str, fence: int) -> None:
        self._database = database
        self._operation_id = operation_id
        self._fence = fence
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

    async def record(self, change: Callable[[Session], Awaitable[Result]]) -> Result:
        """Run `change` with the waiting log lines in one fenced transaction.

        Waits for a database that is away. Raises RecordingFailed after a minute: the operation is
        left as it is to whoever finds it.
        """
        deadline, pause = time.monotonic() + _DATABASE_PATIENCE, 0.1
        while True:
            try:
                return await self._record_once(change)
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
            await self.record(_nothing_more)

    async def _record_once(self, change: Callable[[Session], Awaitable[Result]]) -> Result:
        lines, percent = self._lines[:], dict(self._percent)
        async with self.transaction() as session:
            await queries.add_log(session, self._operation_id, lines)
            for step, value in percent.items():
                await queries.set_step_progress(session, self._operation_id, step, value)
            result = await change(session)
            await notify(session, queries.CHANNEL, self._operation_id)
        del self._lines[: len(lines)]
        for step in percent:
            self._percent.pop(step, None)
        self._flushed_at = time.monotonic()
        return result


async def _nothing_more(session: Session) -> None:
    """Only the waiting lines and percentages."""


def _line(step: str | None, message: str, level: str) -> Json:
    clean = message.replace("\x00", "").rstrip()[:4000]
    return {"step": step, "message": clean, "level": level, "at": clock.now()}
