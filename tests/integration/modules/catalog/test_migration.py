"""What was in the catalogue before it had versions is still there, and goes back."""

import secrets
from collections.abc import AsyncIterator

import psycopg
import pytest
from sqlalchemy import text

from serai.drivers.databases.postgres.embedded import EmbeddedPostgres
from serai.kit.db import Database
from serai.migrations import run as migrations
from serai.modules import catalog
from serai.modules.catalog.models import Release
from tests.factories import blueprint

BEFORE = (
    "INSERT INTO products VALUES ('prd_1', 'hello', '{}', '{}', '{}', 'c', 'i', 'd', true, 'rel_1', now())",
    """INSERT INTO packages (id, product_id, key, position, name, summary, features, trial_days, resources, active)
    VALUES ('pkg_1', 'prd_1', 'free', 0, '{}', '{"en": "S"}', '[]', 14, '{}', true)""",
    "INSERT INTO prices VALUES ('price_1', 'pkg_1', 'yearly', 12, 'USD', 29000)",
)


@pytest.fixture
async def empty(postgres: EmbeddedPostgres) -> AsyncIterator[Database]:
    name = f"empty_{secrets.token_hex(6)}"
    async with await psycopg.AsyncConnection.connect(postgres.url(), autocommit=True) as admin:
        await admin.execute(f"CREATE DATABASE {name}")
    database = Database(postgres.url(name))
    yield database
    await database.close()
    async with await psycopg.AsyncConnection.connect(postgres.url(), autocommit=True) as admin:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def test_prices_become_first_versions_and_stored_blueprints_can_still_be_read(empty: Database) -> None:
    import msgspec

    stored = msgspec.to_builtins(blueprint())
    for period in stored["packages"][0]["periods"]:
        del period["unit"]
        period["months"] = period.pop("count")
    await migrations.upgrade(empty, "0007")
    async with empty.connection() as connection:
        for statement in BEFORE:
            await connection.execute(text(statement.replace(":", "\\:")))
        insert = "INSERT INTO releases VALUES ('rel_1', 'prd_1', '1', 'd', CAST(:b AS jsonb), 'ready', NULL, now(), now())"
        await connection.execute(text(insert), {"b": msgspec.json.encode(stored).decode()})
    await migrations.upgrade(empty, "0008")
    async with empty.transaction() as session:
        price = (
            await session.execute(
                text("SELECT unit, count, version, source, valid_from < now(), retired_at FROM prices")
            )
        ).one()
        assert tuple(price) == ("month", 12, 1, "blueprint", True, None)
        package = (
            await session.execute(text("SELECT kind, visibility, description->>'en', version FROM packages"))
        ).one()
        assert tuple(package) == ("package", "public", "S", 1)
        assert catalog.blueprint_of(await session.get_one(Release, "rel_1")) == blueprint()
        await session.execute(text("UPDATE prices SET unit = 'year', count = 2"))
    await migrations.downgrade(empty, "0007")
    async with empty.transaction() as session:
        assert (await session.execute(text("SELECT months, amount FROM prices"))).one() == (24, 29000)
        months = "SELECT blueprint->'packages'->0->'periods'->0->>'months' FROM releases"
        assert (await session.execute(text(months))).scalar_one() == "1"
