"""A platform's database of its own for the benches that need no processes."""

import shutil
import tempfile
from pathlib import Path

from serai.drivers.databases.postgres.embedded import EmbeddedPostgres
from serai.kit.actor import SYSTEM
from serai.kit.db import Database
from serai.kit.settings import ROOT
from serai.migrations import run as migrations
from serai.migrations import tables as _tables  # noqa: F401 - foreign keys go by table name
from serai.modules import catalog


class BenchDatabase:
    """The embedded server as it comes, durable, in a directory that is deleted at the end."""

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
        self.database = Database(self._server.url("postgres"), pool_size=20).acting(SYSTEM)
        await migrations.upgrade(self.database)
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.database.close()
        await self._server.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    async def product(self) -> None:
        """The ERP's prices."""
        async with self.database.transaction() as session:
            release = await catalog.sync(session, SYSTEM, catalog.load(ROOT / "products" / "erp"))
            await catalog.set_release_state(session, release.id, "ready")
