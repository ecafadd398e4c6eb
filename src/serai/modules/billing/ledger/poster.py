"""Transfers of their own, outside of any other change: those that wait together are posted together.

A hot account is then locked once for many movements instead of once for each (group commit).
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Self

import psycopg

from serai.kit.db import Database, database_unavailable
from serai.kit.errors import Unavailable
from serai.modules.billing.ledger.posting import Posted, Transfer, encode, translated

Waiting = tuple[Transfer, "asyncio.Future[Posted]"]

_AT_ONCE = 64
_CONNECTIONS = 2
_MOST_WAITING = 10_000


class Poster:
    """`post` returns when its transfer is committed. Use as an async context manager."""

    def __init__(self, database: Database, *, connections: int = _CONNECTIONS) -> None:
        self._url = database.url
        self._connections = connections
        self._waiting: asyncio.Queue[Waiting] = asyncio.Queue(_MOST_WAITING)
        self._workers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._workers = [asyncio.create_task(self._serve()) for _ in range(self._connections)]
        return self

    async def __aexit__(self, *_details: object) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        while not self._waiting.empty():
            _transfer, answer = self._waiting.get_nowait()
            _fail(answer, Unavailable("The platform is stopping. Nothing was moved; try again."))

    async def post(self, transfer: Transfer) -> Posted:
        """Raises InsufficientFunds, TransferKeyReused, Unavailable. After Unavailable nobody knows whether
        it was posted: ask again with the same key."""
        answer: asyncio.Future[Posted] = asyncio.get_running_loop().create_future()
        await self._waiting.put((transfer, answer))
        return await answer

    async def _serve(self) -> None:
        connection: psycopg.AsyncConnection[Any] | None = None
        try:
            while True:
                batch = await self._next_batch()
                try:
                    if connection is None or connection.closed:
                        connection = await psycopg.AsyncConnection.connect(
                            self._url, autocommit=True, connect_timeout=5
                        )
                    await _answer(connection, batch)
                except (psycopg.OperationalError, psycopg.InterfaceError):
                    for _transfer, answer in batch:
                        _fail(answer, database_unavailable())
        finally:
            if connection is not None:
                await connection.close()

    async def _next_batch(self) -> list[Waiting]:
        """Those waiting now, each key once: a second one with the same key waits for the next batch."""
        batch = [await self._waiting.get()]
        again: list[Waiting] = []
        keys = {batch[0][0].key}
        while len(batch) < _AT_ONCE and not self._waiting.empty():
            each = self._waiting.get_nowait()
            (again if each[0].key in keys else batch).append(each)
            keys.add(each[0].key)
        for each in again:
            self._waiting.put_nowait(each)
        return batch


async def _answer(connection: psycopg.AsyncConnection[Any], batch: Sequence[Waiting]) -> None:
    try:
        posted = await _post(connection, [transfer for transfer, _ in batch])
    except (psycopg.OperationalError, psycopg.InterfaceError):
        raise
    except Exception as error:
        if len(batch) == 1:
            _fail(batch[0][1], error)
            return
        for each in batch:  # one of them is refused, which must not be the others' loss
            await _answer(connection, [each])
        return
    for transfer, answer in batch:
        if not answer.done():
            answer.set_result(posted[transfer.key])


async def _post(connection: psycopg.AsyncConnection[Any], transfers: Sequence[Transfer]) -> dict[str, Posted]:
    with translated():
        cursor = await connection.execute(_POST, (encode(transfers),), prepare=True)
        return {row[0]: Posted(*row) for row in await cursor.fetchall()}


def _fail(answer: "asyncio.Future[Posted]", error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)


_POST = "SELECT key, transfer_id, replayed FROM ledger_post(%s::jsonb)"
