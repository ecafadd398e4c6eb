"""The database as services see it: a session handed in, committed by the boundary that opened it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import psycopg
from psycopg import sql
from sqlalchemy import JSON, MetaData, Text, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from serai.kit.errors import Invalid, Unavailable

Session = AsyncSession
Json = dict[str, Any]


class Base(DeclarativeBase):
    """All tables share one metadata, so that migrations see them and foreign keys go by name."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        Json: JSON().with_variant(JSONB, "postgresql"),
    }


# A server that is gone, and a pool that cannot get a connection in time.
_AWAY = (OperationalError, InterfaceError, NoConnectionFree)

Instant = TIMESTAMP(timezone=True)


class Database:
    """A pool of connections to the platform's own database."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = url
        self.engine = create_async_engine(
            url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=False,
            connect_args={"connect_timeout": 5},
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """One transaction: committed at the end, rolled back by an exception.

        Raises Unavailable when the database does not answer, Invalid for a value it cannot hold.
        """
        try:
            async with self._sessions() as session, session.begin():
                yield session
        except _AWAY as error:
            raise database_unavailable() from error
        except DataError as error:
            raise Invalid("The input holds a character or a number that cannot be stored.") from error

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """Below sessions, in one transaction: for migrations. Raises Unavailable."""
        try:
            async with self.engine.begin() as connection:
                yield connection
        except _AWAY as error:
            raise database_unavailable() from error

    @asynccontextmanager
    async def listening(self, *channels: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """A connection of its own that hears NOTIFY on `channels`."""
        try:
            connection = await psycopg.AsyncConnection.connect(self.url, autocommit=True, connect_timeout=5)
            async with connection:
                for channel in channels:
                    await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise database_unavailable() from error

    async def close(self) -> None:
        await self.engine.dispose()


def database_unavailable() -> Unavailable:
    return Unavailable(
        "The database is not answering. Nothing was lost; try again in a moment.",
        code="database_unavailable",
    )


async def notify(session: Session, channel: str, payload: str) -> None:
    """Tell listeners, when and only when this transaction commits."""
    await session.execute(_NOTIFY, {"channel": channel, "payload": payload})


_NOTIFY = text("SELECT pg_notify(:channel, :payload)")
