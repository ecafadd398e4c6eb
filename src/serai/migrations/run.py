"""Move the schema forward and back, and tell where it stands."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from serai.kit.db import Base, Database

_LOCK = 5_728_214  # so that two platforms starting at once do not migrate together


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def head() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


async def upgrade(database: Database, revision: str = "head") -> None:
    await _run(database, lambda connection: command.upgrade(_config(connection), revision))


async def downgrade(database: Database, revision: str = "base") -> None:
    await _run(database, lambda connection: command.downgrade(_config(connection), revision))


async def current(database: Database) -> str | None:
    async with database.connection() as connection:
        return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


async def differences(database: Database) -> list[object]:
    """What the tables in code have and the database has not, or the other way round."""

    def compare(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"include_object": _ours})
        return list(compare_metadata(context, Base.metadata))

    async with database.connection() as connection:
        return await connection.run_sync(compare)


async def _run(database: Database, change: object) -> None:
    async with database.connection() as connection:
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        # The owner is bound by row-level security, too; a migration may have to change every row.
        await connection.execute(text("SELECT set_config('serai.platform', 'on', true)"))
        await connection.run_sync(change)  # type: ignore[arg-type]


def _ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    foreign = (name or "").startswith(("procrastinate_", "idx_procrastinate", "alembic_version"))
    return not (kind in {"table", "index"} and foreign)
