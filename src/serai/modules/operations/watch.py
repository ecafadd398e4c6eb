"""One stream of an operation's life, for the browser and the terminal alike."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from serai.kit.actor import Actor
from serai.kit.db import Database
from serai.kit.errors import Unavailable
from serai.modules.operations import queries, service
from serai.modules.operations.schemas import OperationSnapshot

_AT_LEAST_EVERY = 2.0
_AT_MOST_EVERY = 0.05


async def watch(
    database: Database, actor: Actor, operation_id: str, after: int = 0
) -> AsyncIterator[OperationSnapshot]:
    """Yield a snapshot now and after every change, the last one with `finished`.

    Survives a database that goes away for a while. Raises OperationNotFound.
    """
    while True:
        try:
            async with database.listening(queries.CHANNEL) as connection:
                while True:
                    async with database.transaction() as session:
                        snapshot = await service.snapshot(session, actor, operation_id, after)
                    after = snapshot.logs[-1].id if snapshot.logs else after
                    yield snapshot
                    if snapshot.finished:
                        return
                    await _until_changed(connection, operation_id)
        except Unavailable:
            await asyncio.sleep(1)


async def _until_changed(connection: object, operation_id: str) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(_AT_LEAST_EVERY):
            async for notification in connection.notifies():  # type: ignore[attr-defined]
                if notification.payload == operation_id:
                    break
    await asyncio.sleep(_AT_MOST_EVERY)
