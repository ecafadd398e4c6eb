"""Writes outcomes down, many in one transaction, and never lets go of one before it is written."""

import asyncio
from collections.abc import Callable

import structlog

from serai.kit.db import Database
from serai.modules.notifications.delivery.records import Outcome, record

log = structlog.get_logger()

_AT_ONCE = 50
_AGAIN_SECONDS = 0.5
_CLOSE_SECONDS = 4.0


class Bookkeeper:
    def __init__(self, database: Database, sender: str, queued_again: Callable[[], None]) -> None:
        self._database = database
        self._sender = sender
        self._queued_again = queued_again
        self._waiting: list[Outcome] = []
        self._wake = asyncio.Event()

    def add(self, outcome: Outcome) -> None:
        self._waiting.append(outcome)
        self._wake.set()

    async def keep(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._write()

    async def close(self) -> None:
        """What is not written by the end is sent once more by whoever takes the mails over."""
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._write()
        except TimeoutError:
            log.warning("outcomes of mails are lost; these are sent again", count=len(self._waiting))

    async def _write(self) -> None:
        while self._waiting:
            batch = self._waiting[:_AT_ONCE]
            try:
                async with self._database.transaction() as session:
                    await record(session, self._sender, batch)
            except Exception as error:
                log.warning("outcomes of mails cannot be written yet", error=str(error), count=len(batch))
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                del self._waiting[: len(batch)]
                if any(each.due_at for each in batch):
                    self._queued_again()
