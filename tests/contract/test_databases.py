"""What every database server promises: tenants apart from each other and from the platform."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from serai.contracts.fencing import StaleFence
from serai.drivers.databases.postgres.embedded import EmbeddedPostgres
from serai.drivers.databases.postgres.tenants import PostgresDatabases
from serai.kit import ids
from serai.kit.errors import Conflict, Invalid, NotFound, Unavailable

SCHEMA = """
CREATE TABLE users (id serial PRIMARY KEY, login text, password text, told text DEFAULT '100%');
CREATE VIEW logins AS SELECT login FROM users;
CREATE FUNCTION greet(who text) RETURNS text LANGUAGE sql AS 'SELECT ''peace '' || who';
CREATE SCHEMA extra;
CREATE TYPE extra.mood AS ENUM ('calm', 'busy');
CREATE TABLE extra.notes (id int GENERATED ALWAYS AS IDENTITY, mood extra.mood);
INSERT INTO users (login) SELECT 'user' || n FROM generate_series(1, 100) n;
SELECT lo_create(4711);
"""


async def query(url: str, statement: str) -> list[Any]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute(statement.encode())
        return await cursor.fetchall() if cursor.description else []


@pytest_asyncio.fixture
async def template(databases: PostgresDatabases) -> AsyncIterator[str]:
    name = ids.new("tpl")
    await query(await databases.create_template(name, "word", 1), SCHEMA)
    await databases.seal_template(name, 1)
    yield name
    for one in await databases.names():
        if one.startswith("lch_"):
            await databases.drop(one, 1)
    await databases.drop(name, 1)


@pytest_asyncio.fixture
async def launch(databases: PostgresDatabases, template: str) -> str:
    name = ids.new("lch")
    await databases.clone(template, name, "pass:/@word", 1)
    return name


async def test_a_clone_holds_the_template_and_belongs_to_its_role(
    databases: PostgresDatabases, launch: str, server: EmbeddedPostgres
) -> None:
    url = databases.url(launch, "pass:/@word")
    assert await query(url, "SELECT count(*) FROM logins") == [(100,)]
    await query(url, "ALTER TABLE users ADD email text; DROP SCHEMA extra CASCADE")
    assert await query(url, "SELECT lo_unlink(4711), greet('you')") == [(1, "peace you")]
    owners = """
    SELECT DISTINCT owner::regrole::text FROM (
      SELECT relowner owner FROM pg_class WHERE oid >= 16384 UNION
      SELECT typowner FROM pg_type WHERE oid >= 16384 UNION
      SELECT proowner FROM pg_proc WHERE oid >= 16384 UNION
      SELECT datdba FROM pg_database WHERE datname = current_database()) all_of_it"""
    assert await query(server.url(launch), owners) == [(launch,)]


async def test_the_template_stays_the_platform_s(
    databases: PostgresDatabases, template: str, launch: str, server: EmbeddedPostgres
) -> None:
    owner = f"SELECT datdba::regrole::text, datistemplate, datallowconn FROM pg_database WHERE datname = '{template}'"
    assert await query(server.url(), owner) == [("postgres", True, False)]
    with pytest.raises(psycopg.OperationalError):
        await query(databases.url(template, "word"), "SELECT 1")
    second = ids.new("lch")
    await databases.clone(template, second, "word", 1)
    assert await query(databases.url(second, "word"), "SELECT count(*) FROM users") == [(100,)]


async def test_only_the_owner_may_connect_and_to_nothing_else(
    databases: PostgresDatabases, template: str, launch: str
) -> None:
    other = ids.new("lch")
    await databases.clone(template, other, "word", 1)
    own = databases.url(other, "word")
    assert await query(own, "SELECT 1") == [(1,)]
    for database in (launch, "postgres", "template1", template):
        with pytest.raises(psycopg.OperationalError):
            await query(own.replace(f"/{other}", f"/{database}"), "SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        await query(databases.url(other, "guessed"), "SELECT 1")


async def test_a_tenant_s_role_can_do_no_harm_to_others(databases: PostgresDatabases, launch: str) -> None:
    url = databases.url(launch, "pass:/@word")
    for statement in (
        "CREATE DATABASE mine",
        "CREATE ROLE friend",
        "COPY users TO PROGRAM 'id'",
        "SELECT pg_read_file('/etc/passwd')",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "SELECT * FROM pg_authid",
        "ALTER SYSTEM SET fsync = off",
        "SET ROLE postgres",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await query(url, statement)


async def test_cloning_again_keeps_a_finished_copy(
    databases: PostgresDatabases, template: str, launch: str
) -> None:
    await query(databases.url(launch, "pass:/@word"), "DELETE FROM users")
    await databases.clone(template, launch, "renewed", 1)
    assert await query(databases.url(launch, "renewed"), "SELECT count(*) FROM users") == [(0,)]


async def test_a_half_made_copy_is_made_anew(
    databases: PostgresDatabases, template: str, server: EmbeddedPostgres
) -> None:
    steps = ["CREATE ROLE {n}", "CREATE DATABASE {n} TEMPLATE {t} ALLOW_CONNECTIONS false"]
    steps += ["REVOKE ALL ON DATABASE {n} FROM PUBLIC", "ALTER DATABASE {n} ALLOW_CONNECTIONS true"]
    for done in range(1, len(steps) + 1):
        name = ids.new("lch")
        for step in steps[:done]:
            await query(server.url(), step.format(n=name, t=template))
        await databases.clone(template, name, "word", 1)
        assert await query(databases.url(name, "word"), "SELECT count(*) FROM users") == [(100,)]


async def test_many_copies_at_once(databases: PostgresDatabases, template: str) -> None:
    made = [ids.new("lch") for _ in range(6)]
    await asyncio.gather(*(databases.clone(template, name, "word", 1) for name in made))
    assert set(made) <= set(await databases.names())


async def test_the_same_copy_asked_for_twice_at_once_ends_whole(
    databases: PostgresDatabases, template: str
) -> None:
    name = ids.new("lch")
    await asyncio.gather(*(databases.clone(template, name, "word", 1) for _ in range(2)), return_exceptions=True)
    await databases.clone(template, name, "word", 1)
    assert await query(databases.url(name, "word"), "SELECT count(*) FROM users") == [(100,)]


async def test_a_copy_needs_a_sealed_template(databases: PostgresDatabases) -> None:
    name = ids.new("tpl")
    await databases.create_template(name, "word", 1)
    with pytest.raises(NotFound):
        await databases.clone(name, ids.new("lch"), "word", 1)
    with pytest.raises(NotFound):
        await databases.clone(ids.new("tpl"), ids.new("lch"), "word", 1)
    await databases.drop(name, 1)


async def test_an_unfinished_template_is_begun_anew_and_a_sealed_one_is_kept(
    databases: PostgresDatabases,
) -> None:
    name = ids.new("tpl")
    await query(await databases.create_template(name, "one", 1), "CREATE TABLE half (id int)")
    url = await databases.create_template(name, "two", 1)
    assert await query(url, "SELECT to_regclass('half')") == [(None,)]
    await databases.seal_template(name, 1)
    await databases.seal_template(name, 1)
    with pytest.raises(Conflict):
        await databases.create_template(name, "three", 1)
    await databases.drop(name, 1)
    assert name not in await databases.names()


async def test_a_script_runs_as_the_owner_in_one_transaction(
    databases: PostgresDatabases, launch: str
) -> None:
    script = """
    UPDATE users SET password = %(word)s, told = '5 %%' WHERE login = 'user1';
    CREATE TABLE made AS SELECT current_user AS owner;
    """
    await databases.execute(launch, script, {"word": "it's \\ 'quoted'"}, 1)
    url = databases.url(launch, "pass:/@word")
    found = await query(url, "SELECT password, told FROM users WHERE login = 'user1'")
    assert found == [("it's \\ 'quoted'", "5 %")]
    await query(url, "DROP TABLE made")
    with pytest.raises(Invalid, match="missing"):
        await databases.execute(launch, "DELETE FROM users; SELECT * FROM missing", {}, 1)
    assert await query(url, "SELECT count(*) FROM users") == [(100,)]


@pytest.mark.parametrize(
    "escape",
    ["RESET ROLE", "RESET SESSION AUTHORIZATION", "COMMIT; RESET ROLE", "SET ROLE postgres"],
)
async def test_a_script_cannot_get_the_platform_s_rights(
    databases: PostgresDatabases, launch: str, server: EmbeddedPostgres, escape: str
) -> None:
    with pytest.raises(Invalid):
        await databases.execute(launch, f"{escape}; ALTER SYSTEM SET work_mem = '1MB'", {}, 1)
    roles = await query(server.url(), "SELECT rolname FROM pg_roles WHERE rolname LIKE 'run%'")
    assert roles == []


async def test_a_database_taken_off_line_cuts_everybody_off(
    databases: PostgresDatabases, launch: str
) -> None:
    url = databases.url(launch, "pass:/@word")
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        for _ in range(2):
            await databases.set_connectable(launch, False)
        with pytest.raises(psycopg.OperationalError):
            await connection.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        await query(url, "SELECT 1")
    with pytest.raises(Unavailable):
        await databases.execute(launch, "SELECT 1", {}, 1)
    for _ in range(2):
        await databases.set_connectable(launch, True)
    assert await query(url, "SELECT 1") == [(1,)]


async def test_dropping_takes_database_and_role_though_in_use_and_may_be_repeated(
    databases: PostgresDatabases, launch: str, server: EmbeddedPostgres
) -> None:
    await query(server.url(), f"CREATE ROLE run_{launch}_left")
    async with await psycopg.AsyncConnection.connect(databases.url(launch, "pass:/@word")):
        assert launch in await databases.names()
        await databases.drop(launch, 1)
    await databases.drop(launch, 1)
    assert launch not in await databases.names()


async def test_a_role_left_alone_is_found_and_dropped(
    databases: PostgresDatabases, server: EmbeddedPostgres
) -> None:
    name = ids.new("lch")
    await query(server.url(), f"CREATE ROLE {name}")
    assert name in await databases.names()
    await databases.drop(name, 1)
    assert name not in await databases.names()


@pytest.mark.parametrize(
    "name", ["postgres", "serai", "lch_", "lch_A", "lch_a;b", 'lch_a"', "lch_" + "a" * 60]
)
async def test_names_that_are_not_tenants_are_refused(databases: PostgresDatabases, name: str) -> None:
    for call in (
        databases.drop(name, 1),
        databases.create_template(name, "w", 1),
        databases.clone(name, name, "w", 1),
        databases.set_connectable(name, True),
        databases.execute(name, "", {}, 1),
        databases.seal_template(name, 1),
    ):
        with pytest.raises(Invalid):
            await call


async def test_no_password_reaches_the_server_in_the_clear(
    databases: PostgresDatabases, template: str, server: EmbeddedPostgres
) -> None:
    await query(server.url(), "ALTER ROLE postgres SET log_statement = 'all'")
    try:
        await databases.clone(template, ids.new("lch"), "correct-horse", 1)
    finally:
        await query(server.url(), "ALTER ROLE postgres RESET ALL")
    log = server.log_file.read_text()
    assert "CREATE ROLE" in log
    assert "correct-horse" not in log


async def test_a_copy_broken_off_anywhere_is_finished_by_the_next_attempt(
    databases: PostgresDatabases, template: str
) -> None:
    for milliseconds in range(0, 120, 12):
        name = ids.new("lch")
        attempt = asyncio.create_task(databases.clone(template, name, "word", 1))
        await asyncio.sleep(milliseconds / 1000)
        attempt.cancel()
        await asyncio.gather(attempt, return_exceptions=True)
        await databases.clone(template, name, "word", 1)
        url = databases.url(name, "word")
        assert await query(url, "UPDATE users SET password = 'x' WHERE id = 1 RETURNING 1") == [(1,)]


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    gone = PostgresDatabases("postgresql://postgres:x@127.0.0.1:1/postgres", "127.0.0.1", 1)
    with pytest.raises(Unavailable):
        await gone.names()


async def test_an_earlier_claim_is_refused_and_one_at_work_is_cut_off(databases, template):
    name = ids.new("lch")
    await databases.clone(template, name, "word", 7)
    with pytest.raises(StaleFence):
        await databases.clone(template, name, "word", 6)
    with pytest.raises(StaleFence):
        await databases.execute(name, "SELECT 1", {}, 6)
    with pytest.raises(StaleFence):
        await databases.drop(name, 6)
    sleeper = asyncio.create_task(databases.execute(name, "SELECT pg_sleep(30)", {}, 7))
    await asyncio.sleep(0.5)
    await databases.drop(name, 8)
    with pytest.raises((Unavailable, Invalid)):
        await asyncio.wait_for(sleeper, 5)
    with pytest.raises(StaleFence):
        await databases.clone(template, name, "word", 7)
    assert name not in await databases.names()
