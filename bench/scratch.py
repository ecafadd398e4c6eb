"""A platform's database of its own for the benches that need no processes."""

import shutil
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

from serai.drivers.databases.postgres.embedded import EmbeddedPostgres
from serai.kit.actor import SYSTEM
from serai.kit.db import Database
from serai.kit.settings import ROOT
from serai.migrations import grants
from serai.migrations import run as migrations
from serai.migrations import tables as _tables  # noqa: F401 - foreign keys go by table name
from serai.modules import catalog

_OWNER, _APP = "serai_owner", "serai_app"


class BenchDatabase:
    """The embedded server as it comes, durable, in a directory that is deleted at the end.

    `database` is what production has: a role that row-level security binds. `bare_url` is the superuser's.
    """

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="serai-bench-"))
        self._directory.chmod(0o711)
        (self._directory / "secrets").mkdir(mode=0o700)
        self._server = EmbeddedPostgres(
            self._directory / "postgres", self._directory, self._directory / "secrets"
        )
        self.database: Database

    async def __aenter__(self) -> "BenchDatabase":
        await self._server.start()
        await self._make_roles()
        owner = Database(self._server.url("platform", _OWNER, _OWNER))
        await migrations.upgrade(owner)
        await grants.give(owner, _APP)
        await owner.close()
        self.database = Database(self._server.url("platform", _APP, _APP), pool_size=20).acting(SYSTEM)
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.database.close()
        await self._server.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    @property
    def bare_url(self) -> str:
        return self._server.url("platform")

    async def _make_roles(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._server.url(), autocommit=True) as admin:
            for name in (_OWNER, _APP):
                await admin.execute(
                    sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD {}").format(
                        sql.Identifier(name), sql.Literal(name)
                    )
                )
            await admin.execute(f"CREATE DATABASE platform OWNER {_OWNER}")

    async def product(self) -> None:
        """The ERP's prices."""
        async with self.database.transaction() as session:
            release = await catalog.sync(session, SYSTEM, catalog.load(ROOT / "products" / "erp"))
            await catalog.set_release_state(session, release.id, "ready")
