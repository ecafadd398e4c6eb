"""What all tests share: one PostgreSQL a test process, one fresh platform database a test."""

import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from serai.drivers.databases.postgres.embedded import EmbeddedPostgres
from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.kit.clock import MovableClock
from serai.kit.db import Database
from serai.migrations import grants
from serai.migrations import run as migrations
from tests.support import fast_directory, run_async

OWNER, APP = "serai_owner", "serai_app"
# Where `scripts/mutate` has one server, migrated once, serve many runs.
KEPT = os.environ.get("SERAI_TEST_KEPT_SERVER")


@pytest.fixture(scope="session")
def state_directory() -> Iterator[Path]:
    """A place other users of the machine can reach, as a platform's home is."""
    if KEPT:
        yield Path(KEPT)
        return
    with tempfile.TemporaryDirectory(prefix="serai-test-", dir=fast_directory()) as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture(scope="session")
def postgres(state_directory: Path) -> Iterator[EmbeddedPostgres]:
    (state_directory / "secrets").mkdir(mode=0o700, exist_ok=True)
    server = EmbeddedPostgres(
        state_directory / "postgres", state_directory, state_directory / "secrets", durable=False
    )
    run_async(server.start())
    yield server
    if not KEPT:
        run_async(server.stop())


@pytest.fixture(scope="session")
def roles(postgres: EmbeddedPostgres) -> None:
    """The tables' owner, and the role everything else runs as, as `serai up` makes them."""

    async def make() -> None:
        async with await psycopg.AsyncConnection.connect(postgres.url(), autocommit=True) as admin:
            known = {row[0] for row in await (await admin.execute("SELECT rolname FROM pg_roles")).fetchall()}
            for name in {OWNER, APP} - known:
                await admin.execute(f"CREATE ROLE {name} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{name}'")

    run_async(make())


@pytest.fixture(scope="session")
def migrated_template(postgres: EmbeddedPostgres, roles: None) -> str:
    """A migrated platform database that each test copies."""

    async def make() -> None:
        async with await psycopg.AsyncConnection.connect(postgres.url(), autocommit=True) as admin:
            there = await admin.execute("SELECT FROM pg_database WHERE datname = 'platform_template'")
            if there.rowcount:
                return
            await admin.execute(f"CREATE DATABASE platform_template OWNER {OWNER}")
        database = Database(postgres.url("platform_template", OWNER, OWNER))
        await migrations.upgrade(database)
        await grants.give(database, APP)
        await database.close()

    run_async(make())
    return "platform_template"


@pytest.fixture
async def database_url(postgres: EmbeddedPostgres, migrated_template: str) -> AsyncIterator[str]:
    name = f"platform_{secrets.token_hex(6)}"
    async with await psycopg.AsyncConnection.connect(postgres.url(), autocommit=True) as admin:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template} STRATEGY file_copy")
    yield postgres.url(name, APP, APP)
    async with await psycopg.AsyncConnection.connect(postgres.url(), autocommit=True) as admin:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """As the system sees it; `database.acting(actor)` as somebody else does."""
    made = Database(database_url, pool_size=5).acting(SYSTEM)
    yield made
    await made.close()


@pytest.fixture
async def owner_connection(
    postgres: EmbeddedPostgres, database_url: str
) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """What no part of Serai has: the test's database as a superuser."""
    url = postgres.url(database_url.rsplit("/", 1)[1])
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def moving() -> Iterator[MovableClock]:
    """The clock every part reads, standing still until the test moves it."""
    made = MovableClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
    before = clock.use(made)
    yield made
    clock.use(before)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Figures that tests recorded are printed at the end, also from parallel test processes."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, text in getattr(report, "user_properties", []):
                if name == "figures":
                    terminalreporter.write_line(text)
