"""What all tests share: one PostgreSQL a test process, one fresh platform database a test."""

import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from serai.drivers.databases.postgres.embedded import EmbeddedPostgres
from serai.kit.db import Database
from serai.migrations import run as migrations
from tests.support import fast_directory, run_async


@pytest.fixture(scope="session")
def state_directory() -> Iterator[Path]:
    """A place other users of the machine can reach, as a platform's home is."""
    with tempfile.TemporaryDirectory(prefix="serai-test-", dir=fast_directory()) as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture(scope="session")
def postgres(state_directory: Path) -> Iterator[EmbeddedPostgres]:
    (state_directory / "secrets").mkdir(mode=0o700)
    server = EmbeddedPostgres(
        state_directory / "postgres", state_directory, state_directory / "secrets", durable=False
    )
    run_async(server.start())
    yield server
    run_async(server.stop())


@pytest.fixture(scope="session")
def migrated_template(postgres: EmbeddedPostgres) -> str:
    """A migrated platform database that each test copies."""

    async def make() -> None:
        async with await psycopg.AsyncConnection.connect(postgres.url(), autocommit=True) as admin:
            await admin.execute("CREATE DATABASE platform_template")
        database = Database(postgres.url("platform_template"))
        await migrations.upgrade(database)
        await database.close()

    run_async(make())
    return "platform_template"


@pytest.fixture
async def database_url(postgres: EmbeddedPostgres, migrated_template: str) -> AsyncIterator[str]:
    name = f"platform_{secrets.token_hex(6)}"
    async with await psycopg.AsyncConnection.connect(postgres.url(), autocommit=True) as admin:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template} STRATEGY file_copy")
    yield postgres.url(name)
    async with await psycopg.AsyncConnection.connect(postgres.url(), autocommit=True) as admin:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url, pool_size=5)
    yield made
    await made.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Figures that tests recorded are printed at the end, also from parallel test processes."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, text in getattr(report, "user_properties", []):
                if name == "figures":
                    terminalreporter.write_line(text)
