"""A database to try things in: made beside the platform's, filled with a copy if wanted, and dropped."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from serai.composition import database_url, owner_database_url
from serai.kit.actor import SYSTEM
from serai.kit.db import Base, Database
from serai.kit.errors import Invalid, Unavailable
from serai.kit.secrets import Vault
from serai.kit.settings import Settings
from serai.migrations import run as migrations

Connection = psycopg.AsyncConnection[tuple[object, ...]]

# What billing lives on. No sessions, keys, mails or settings of gateways leave the platform.
COPIED = (
    "users", "accounts", "memberships", "products", "packages", "prices", "meters", "charges", "releases",
    "special_prices", "coupons", "coupon_redemptions", "legal_entities", "tax_rates", "billing_profiles",
    "subscriptions", "subscription_events", "invoices", "invoice_lines", "billed_periods", "usage_events",
    "usage_periods", "usage_limits", "payment_methods", "payments", "wallet_holds", "ledger_accounts",
    "ledger_transfers", "ledger_entries",
)  # fmt: skip
# What is lost with the power was to be dropped anyway.
_IN_A_HURRY = ("synchronous_commit = off", "jit = off")
# Lines come after the invoices they are of, which are issued already.
_GUARDS_AGAINST_COPIES = (("invoice_lines", "drafts_only"),)
_SWITCH = sql.SQL("ALTER TABLE {} {} TRIGGER {}")
_EMPTY = {("payment_methods", "sealed_reference"): "''"}


@asynccontextmanager
async def scratch(settings: Settings, url: str | None = None) -> AsyncIterator[tuple[Database, Vault]]:
    """An empty platform's database with a key of its own. `url`: an empty database of the operator's, by
    its owner's address; without it one is made on the embedded server. Raises Unavailable, Invalid."""
    if url:
        await _require_empty(url)
    made = None if url else f"scratch_{secrets.token_hex(6)}"
    address = url or await _make(settings, str(made))
    database = Database(address).acting(SYSTEM)
    try:
        await migrations.upgrade(database)
        with TemporaryDirectory(prefix="serai-scratch-") as directory:
            yield database, Vault(Path(directory) / "master.key")
    finally:
        await database.close()
        if made:
            async with await _admin(settings) as admin:
                await admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(made)))
        else:
            await _clear(address)


async def copy_platform(settings: Settings, target: Database) -> int:
    """Fill the scratch database with the platform's customers and all that bills them; how many rows."""
    rows = 0
    async with (
        await psycopg.AsyncConnection.connect(database_url(settings)) as source,
        await psycopg.AsyncConnection.connect(target.url) as there,
    ):
        await source.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for connection in (source, there):
            await connection.execute("SELECT set_config('serai.platform', 'on', true)")
        await there.execute("DELETE FROM legal_entities")
        for table, guard in _GUARDS_AGAINST_COPIES:
            await there.execute(_SWITCH.format(sql.Identifier(table), sql.SQL("DISABLE"), sql.Identifier(guard)))
        tables = {table.name: table for table in Base.metadata.sorted_tables}
        for name in (name for name in tables if name in COPIED):
            rows += await _copy(source, there, name, [column.name for column in tables[name].columns])
        for name in ("ledger_accounts", "ledger_transfers"):
            await there.execute(_NEXT_ID.format(sql.Literal(name), table=sql.Identifier(name)))
        for table, guard in _GUARDS_AGAINST_COPIES:
            await there.execute(_SWITCH.format(sql.Identifier(table), sql.SQL("ENABLE"), sql.Identifier(guard)))
        await there.execute("ANALYZE")
    return rows


async def _copy(source: Connection, target: Connection, table: str, columns: list[str]) -> int:
    """By way of a temporary table: row-level security lets nobody COPY into one that it protects."""
    name, names = sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    values = sql.SQL(", ").join(
        sql.SQL(_EMPTY[table, each]) if (table, each) in _EMPTY else sql.Identifier(each) for each in columns
    )
    await target.execute(
        sql.SQL("CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {} FROM {} LIMIT 0").format(names, name)
    )
    reading = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT (FORMAT binary)").format(values, name)
    writing = sql.SQL("COPY incoming ({}) FROM STDIN (FORMAT binary)").format(names)
    async with (
        source.cursor() as out,
        target.cursor() as into,
        out.copy(reading) as read,
        into.copy(writing) as write,
    ):
        async for block in read:
            await write.write(block)
    done = await target.execute(
        sql.SQL("INSERT INTO {0} ({1}) OVERRIDING SYSTEM VALUE SELECT {1} FROM incoming").format(name, names)
    )
    await target.execute("DROP TABLE incoming")
    return done.rowcount


async def _make(settings: Settings, name: str) -> str:
    owner = owner_database_url(settings)
    if settings.database_url or owner is None:
        raise Unavailable(
            "The platform's database is on a server of your own, where Serai makes no databases. Make an empty "
            "one and give its owner's address: --scratch-url postgresql://owner:password@host/database"
        )
    parts = urlsplit(owner)
    async with await _admin(settings) as admin:
        await admin.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(
                sql.Identifier(name), sql.Identifier(parts.username or "serai")
            )
        )
        for setting in _IN_A_HURRY:
            await admin.execute(
                sql.SQL("ALTER DATABASE {} SET {}").format(sql.Identifier(name), sql.SQL(setting))
            )
    return urlunsplit(parts._replace(path=f"/{name}"))


async def _admin(settings: Settings) -> Connection:
    url = settings.secret_file("tenant_database_url").read_text().strip()
    return await psycopg.AsyncConnection.connect(url, autocommit=True)


async def _require_empty(url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        found = await connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        row = await found.fetchone()
    if row is None or row[0]:
        raise Invalid(
            "The database of --scratch-url has tables already. It has to be an empty one: all that is in it "
            "is deleted afterwards."
        )


async def _clear(url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("DROP SCHEMA public CASCADE")
        await connection.execute("CREATE SCHEMA public")


_NEXT_ID = sql.SQL(
    "SELECT setval(pg_get_serial_sequence({0}, 'id'), coalesce((SELECT max(id) FROM {table}), 0) + 1, false)"
)
