"""A connection that is lost in the middle of a transaction."""

from collections.abc import Awaitable, Callable

import psycopg
import pytest
from sqlalchemy import text

from serai.kit.db import Database, Session, as_platform
from serai.kit.errors import Unavailable

_LOOK = text("SELECT count(*) FROM operations")


async def plainly(session: Session) -> None:
    await session.execute(_LOOK)


async def across_accounts(session: Session) -> None:
    async with as_platform(session):
        await session.execute(_LOOK)


async def in_a_savepoint(session: Session) -> None:
    async with session.begin_nested():
        await session.execute(_LOOK)


async def across_accounts_in_a_savepoint(session: Session) -> None:
    async with session.begin_nested(), as_platform(session):
        await session.execute(_LOOK)


@pytest.mark.parametrize(
    "use", [plainly, across_accounts, in_a_savepoint, across_accounts_in_a_savepoint]
)
async def test_a_lost_connection_is_a_database_that_is_away(
    database: Database, owner_connection: psycopg.AsyncConnection, use: Callable[[Session], Awaitable[None]]
) -> None:
    with pytest.raises(Unavailable):
        async with database.transaction() as session:
            await lose_connection(session, owner_connection)
            await use(session)
    async with database.transaction() as session:
        await use(session)


@pytest.mark.parametrize("statements_after", [0, 1])
async def test_a_connection_lost_while_something_is_done_across_accounts_is_a_database_that_is_away(
    database: Database, owner_connection: psycopg.AsyncConnection, statements_after: int
) -> None:
    with pytest.raises(Unavailable):
        async with database.transaction() as session:
            async with as_platform(session):
                await lose_connection(session, owner_connection)
                for _ in range(statements_after):
                    await session.execute(_LOOK)
            await session.execute(_LOOK)


async def lose_connection(session: Session, admin: psycopg.AsyncConnection) -> None:
    number = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    await admin.execute("SELECT pg_terminate_backend(%s, 5000)", (number,))
