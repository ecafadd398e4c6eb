"""The database as services see it: a session handed in, committed by the boundary that opened it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from copy import copy
from typing import Any, ClassVar

import psycopg
from psycopg import sql
from sqlalchemy import JSON, MetaData, Text, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.exc import DataError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from serai.kit.actor import SYSTEM, Actor
from serai.kit.db_calls import Calls, cannot_be_stored, database_unavailable

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
    """A pool of connections to the platform's own database.

    Row-level security shows a transaction what its actor may see, and nothing without an actor
    (ADR 11): `acting(actor)` is a view of the same pool.
    """

    _actor: Actor | None = None

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
        self._calls = Calls(url, pool_size)

    def acting(self, actor: Actor | None) -> "Database":
        view = copy(self)
        view._actor = actor  # noqa: SLF001 - a copy of ourselves
        return view

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """One transaction: committed at the end, rolled back by an exception.

        Raises Unavailable when the database does not answer, Invalid for a value it cannot hold.
        """
        try:
            async with self._sessions() as session, session.begin():
                if self._actor is not None:
                    await act_as(session, self._actor)
                yield session
                while waiting := session.info.pop(_BEFORE_COMMIT, None):
                    for work in waiting:  # which may ask for more
                        await work()
        except _AWAY as error:
            raise database_unavailable() from error
        except DataError as error:
            raise cannot_be_stored() from error

    async def call(self, function: str, *arguments: object) -> Any:
        """What the database's `function` answers, in a transaction of its own and one round trip.

        Raises Unavailable when the database does not answer, Invalid for a value it cannot hold.
        """
        return await self._calls.call(function, arguments, _settings_of(self._actor or _NOBODY))

    def tell(self, channel: str, payload: str) -> None:
        """NOTIFY at once, outside of any transaction: those that notify wait for each other's commits."""
        self._calls.tell(channel, payload)

    async def told(self) -> None:
        """Until all was told, or the database is away."""
        await self._calls.told()

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
        await self._calls.close()
        await self.engine.dispose()


async def act_as(session: Session, actor: Actor) -> None:
    """From here to the transaction's end, row-level security shows what `actor` may see."""
    session.info[_ACTING] = actor
    await session.execute(_SET_ACTOR, _settings_of(actor))


@asynccontextmanager
async def as_platform(session: Session) -> AsyncIterator[None]:
    """For the few lines that must look across accounts: is a name taken, whose key is this."""
    before = session.info.get(_ACTING)
    await session.flush()
    await act_as(session, SYSTEM)
    try:
        yield
        await session.flush()
    except BaseException:
        with suppress(SQLAlchemyError):  # a failed transaction takes its settings with it
            await act_as(session, before or _NOBODY)
        raise
    await act_as(session, before or _NOBODY)


def before_commit(session: Session, work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` as the transaction's last act."""
    session.info.setdefault(_BEFORE_COMMIT, []).append(work)


def _settings_of(actor: Actor) -> dict[str, str]:
    return {
        "account": actor.account_id or "",
        # Support in somebody's account is not that person.
        "user": "" if actor.impersonator else actor.user_id or "",
        "actor": actor.id,
        "platform": "on" if actor.is_platform else "off",
    }


_ACTING, _BEFORE_COMMIT = "serai.acting", "serai.before_commit"
_NOBODY = Actor("user", "")
_SET_ACTOR = text(
    "SELECT set_config('serai.account', :account, true), set_config('serai.user', :user, true), "
    "set_config('serai.actor', :actor, true), set_config('serai.platform', :platform, true)"
)


async def notify(session: Session, channel: str, payload: str) -> None:
    """Tell listeners, when and only when this transaction commits."""
    await session.execute(_NOTIFY, {"channel": channel, "payload": payload})


_NOTIFY = text("SELECT pg_notify(:channel, :payload)")
