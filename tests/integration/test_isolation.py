"""Accounts are kept apart by PostgreSQL itself: the catalogue, the settings, a dropped policy."""

from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from serai.drivers.databases.postgres.embedded import EmbeddedPostgres
from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.db import Base, Database, act_as, as_platform
from serai.kit.db_role import refuse_wrong_role
from serai.kit.errors import Unavailable
from serai.modules import identity
from tests.conftest import OWNER
from tests.factories import World

# Tables without a row of any account or person, and why.
OF_NOBODY = {
    "ledger_kinds": "the chart of accounts",
    "legal_entities": "who sells, as every invoice shows",
    "tax_rates": "public rates",
    "products": "what is sold, to everybody",
    "packages": "what is sold, to everybody",
    "prices": "what is sold, to everybody",
    "meters": "what is sold, to everybody",
    "charges": "what is sold, to everybody",
    "releases": "what is built, once for all",
    "servers": "the platform's machines",
    "server_releases": "what is built, and where",
    "worker_heartbeats": "the platform's processes",
    "alembic_version": "the schema's version",
    "procrastinate_jobs": "the queue: names of jobs and ids, no contents",
    "procrastinate_events": "the queue's own bookkeeping",
    "procrastinate_periodic_defers": "the queue's own bookkeeping",
    "procrastinate_workers": "the queue's own bookkeeping",
}

TABLES = """
    SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
        count(p.polname) FILTER (WHERE p.polqual IS NOT NULL AND p.polwithcheck IS NOT NULL)
    FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    GROUP BY c.oid
"""


async def unprotected(connection: psycopg.AsyncConnection[Any]) -> set[str]:
    """Tables that hold somebody's rows and show them to everybody."""
    rows = await (await connection.execute(TABLES)).fetchall()
    assert len(rows) > 20
    return {
        name for name, enabled, forced, policies in rows
        if name not in OF_NOBODY and not (enabled and forced and policies)
    }  # fmt: skip


async def test_every_table_with_somebody_s_rows_is_protected(
    owner_connection: psycopg.AsyncConnection[Any],
) -> None:
    assert await unprotected(owner_connection) == set()


async def test_the_catalogue_test_sees_what_it_is_for(
    owner_connection: psycopg.AsyncConnection[Any],
) -> None:
    """Each of the three things taken away, and a new table forgotten."""
    await owner_connection.execute("DROP POLICY isolation ON launches")
    await owner_connection.execute("ALTER TABLE operations NO FORCE ROW LEVEL SECURITY")
    await owner_connection.execute("ALTER TABLE api_tokens DISABLE ROW LEVEL SECURITY")
    await owner_connection.execute("CREATE TABLE forgotten (account_id text)")
    found = await unprotected(owner_connection)
    assert found == {"launches", "operations", "api_tokens", "forgotten"}


def test_no_exception_has_an_account() -> None:
    for name in OF_NOBODY:
        table = Base.metadata.tables.get(name)
        assert table is None or not {"account_id", "user_id"} & set(table.columns.keys()), name


@dataclass
class Two:
    """Two accounts with one launch each."""

    a: Actor
    b: Actor


@pytest.fixture
async def two(world: World) -> Two:
    a = await world.ground()
    b = await world.account()
    await world.launch(a, "acme")
    await world.launch(b, "nile")
    return Two(a, b)


SEEN = ("launches", "operations", "operation_steps", "operation_log_lines", "events", "audit_records")


async def count(database: Database, table: str) -> int:
    async with database.transaction() as session:
        return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


@pytest.mark.parametrize("table", [*SEEN, "accounts", "users", "memberships", "idempotency_keys"])
async def test_nobody_sees_nothing(world: World, two: Two, table: str) -> None:
    assert await count(world.platform.database, table) == 0


@pytest.mark.parametrize("table", SEEN)
async def test_each_account_sees_its_own_rows_without_any_where(world: World, two: Two, table: str) -> None:
    database = world.platform.database
    mine, theirs = await count(database.acting(two.a), table), await count(database.acting(two.b), table)
    assert mine > 0
    assert theirs > 0
    assert mine + theirs <= await count(world.database, table)


async def test_a_dropped_policy_shows_at_once(
    world: World, two: Two, owner_connection: psycopg.AsyncConnection[Any]
) -> None:
    """The tests above would be red: row security without a policy shows nothing, off shows all."""
    database = world.platform.database.acting(two.a)
    assert await count(database, "launches") == 1
    await owner_connection.execute("DROP POLICY isolation ON launches")
    assert await count(database, "launches") == 0
    await owner_connection.execute("ALTER TABLE launches DISABLE ROW LEVEL SECURITY")
    assert await count(database, "launches") == 2


async def test_nothing_of_another_account_is_changed_or_written(world: World, two: Two) -> None:
    database = world.platform.database.acting(two.a)
    async with database.transaction() as session:
        changed = await session.execute(text("UPDATE launches SET state = 'stopped' RETURNING account_id"))
        assert {row.account_id for row in changed} == {two.a.account_id}
        gone = await session.execute(text("DELETE FROM operations RETURNING account_id"))
        assert {row.account_id for row in gone} == {two.a.account_id}
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with database.transaction() as session:
            await session.execute(text("UPDATE launches SET account_id = :b"), {"b": two.b.account_id})
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with database.transaction() as session:
            session.add(
                identity.Role(
                    id="role_x", account_id=two.b.account_id, name="x", permissions=[],
                    created_at=clock.now(),
                )
            )  # fmt: skip


async def test_the_settings_end_with_their_transaction(world: World, two: Two) -> None:
    single = Database(world.platform.database.url, pool_size=1)
    async with single.acting(two.a).transaction() as session:
        assert (await session.execute(text("SELECT count(*) FROM launches"))).scalar_one() == 1
    assert await count(single, "launches") == 0, "the same connection, a moment later"
    await single.close()


async def test_looking_across_accounts_is_over_when_its_block_is(world: World, two: Two) -> None:
    async with world.platform.database.transaction() as session:
        await act_as(session, two.a)
        query = text("SELECT count(*) FROM launches")
        async with as_platform(session):
            assert (await session.execute(query)).scalar_one() == 2
        assert (await session.execute(query)).scalar_one() == 1
        with pytest.raises(ZeroDivisionError):
            async with as_platform(session):
                1 / 0  # noqa: B018 - anything that fails in between
        assert (await session.execute(query)).scalar_one() == 1


@pytest.mark.parametrize(
    ("role", "why"), [("postgres", "is a superuser"), (OWNER, "owns the tables"), ("bypasser", "bypasses row")]
)
async def test_a_role_that_would_not_be_bound_is_refused_at_the_start(
    postgres: EmbeddedPostgres, database_url: str, owner_connection: psycopg.AsyncConnection[Any],
    role: str, why: str,
) -> None:  # fmt: skip
    await owner_connection.execute(
        "DO $$ BEGIN CREATE ROLE bypasser LOGIN BYPASSRLS PASSWORD 'bypasser'; "
        "EXCEPTION WHEN duplicate_object THEN END $$"
    )
    name = database_url.rsplit("/", 1)[1]
    url = postgres.url(name) if role == "postgres" else postgres.url(name, role, role)
    database = Database(url, pool_size=1)
    with pytest.raises(Unavailable, match=why):
        await refuse_wrong_role(database)
    await database.close()


async def test_the_role_of_the_tests_is_the_one_that_is_bound(world: World) -> None:
    await refuse_wrong_role(world.platform.database)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_records SET action = 'x'",
        "DELETE FROM audit_records",
        "TRUNCATE audit_records",
        "UPDATE audit_chains SET length = 0",
        "INSERT INTO audit_chains VALUES ('x', 0, '')",
        "UPDATE alembic_version SET version_num = '0001'",
        "ALTER TABLE launches DISABLE ROW LEVEL SECURITY",
        "DROP POLICY isolation ON launches",
        "CREATE TABLE mine (x int)",
        "SET ROLE serai_owner",
    ],
)
async def test_the_role_changes_neither_the_trail_nor_the_schema(world: World, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        async with world.database.transaction() as session:
            await session.execute(text(statement))
