"""Below sessions: one function of the database, called in one round trip."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

import psycopg
from psycopg import sql
from psycopg_pool import AsyncConnectionPool

from serai.kit.errors import Invalid, Unavailable
from serai.kit.i18n.messages import _

_NOTIFY = "SELECT pg_notify(channel, payload) FROM unnest(%s::text[], %s::text[]) AS told (channel, payload)"
_SECONDS_FOR_A_CONNECTION = 5.0


class Calls:
    """A few connections without transactions around their statements, opened when first used."""

    def __init__(self, url: str, size: int) -> None:
        self._url, self._size = url, size
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]] | None = None
        self._opening = asyncio.Lock()
        self._untold: dict[tuple[str, str], None] = {}
        self._telling: asyncio.Task[None] | None = None

    async def call(self, function: str, arguments: Sequence[object], settings: Mapping[str, str]) -> Any:
        """`settings` hold for the call only, and are in place before it begins."""
        query = _query(function, len(arguments), tuple(settings))
        try:
            pool = self._pool or await self._open()
            async with pool.connection() as connection:
                cursor = await connection.execute(query, (*arguments, *settings.values()), prepare=True)
                row = await cursor.fetchone()
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise database_unavailable() from error
        except psycopg.DataError as error:
            raise cannot_be_stored() from error
        return row[0] if row else None

    def tell(self, channel: str, payload: str) -> None:
        self._untold[channel, payload] = None
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())

    async def told(self) -> None:
        if self._telling is not None:
            await asyncio.shield(self._telling)

    async def _tell(self) -> None:
        """All that gathered while the last ones were told goes out together."""
        with suppress(psycopg.OperationalError, psycopg.InterfaceError):
            pool = self._pool or await self._open()
            while self._untold:
                batch, self._untold = [*self._untold], {}
                channels, payloads = map(list, zip(*batch, strict=True))
                async with pool.connection() as connection:
                    await connection.execute(_NOTIFY, (channels, payloads), prepare=True)

    async def _open(self) -> AsyncConnectionPool[psycopg.AsyncConnection[Any]]:
        async with self._opening:
            if self._pool is None:
                pool = AsyncConnectionPool(
                    self._url, min_size=0, max_size=self._size, open=False, timeout=_SECONDS_FOR_A_CONNECTION,
                    kwargs={"autocommit": True, "connect_timeout": 5},
                )  # fmt: skip
                await pool.open()
                self._pool = pool
        return self._pool

    async def close(self) -> None:
        await self.told()
        if self._pool is not None:
            await self._pool.close()


@cache
def _query(function: str, arguments: int, settings: tuple[str, ...]) -> bytes:
    # OFFSET 0 keeps the planner from taking the two apart.
    return sql.SQL("SELECT {}({}) FROM (SELECT {} OFFSET 0) AS acting").format(
        sql.Identifier(function),
        sql.SQL(", ").join([sql.Placeholder()] * arguments),
        sql.SQL(", ").join(
            sql.SQL("set_config({}, %s, true)").format(sql.Literal(f"serai.{name}")) for name in settings
        ),
    ).as_bytes()


def database_unavailable() -> Unavailable:
    return Unavailable(
        "The database is not answering. Nothing was lost; try again in a moment.",
        code="database_unavailable",
    )


def cannot_be_stored() -> Invalid:
    return Invalid(_("The input holds a character or a number that cannot be stored."))
