"""Puts the platform together: settings, database, vault, and the drivers that settings name."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

from serai.kit.actor import Actor
from serai.kit.db import Database
from serai.kit.errors import Unavailable
from serai.kit.secrets import Vault
from serai.kit.settings import Settings
from serai.migrations import tables as _tables  # noqa: F401 - foreign keys go by table name
from serai.modules import launches, notifications


@dataclass(frozen=True, slots=True)
class Platform:
    """All that a process of the platform works with."""

    settings: Settings
    database: Database
    vault: Vault
    machinery: launches.Machinery
    mail: notifications.MailDriver

    async def close(self) -> None:
        await self.database.close()
        for part in (self.machinery.runtime, self.machinery.edge, self.machinery.databases, self.mail):
            close = getattr(part, "close", None)
            if close is not None:
                await close()


def open_platform(settings: Settings, *, pool_size: int = 10, acting: Actor | None = None) -> Platform:
    """`acting`: as whom the database is used; the web names nobody here and each request's actor
    there, everything else is the system."""
    vault = Vault(settings.secret_file("master.key"))
    machinery = launches.Machinery(
        settings=settings,
        vault=vault,
        runtime=driver("runtimes", settings.runtime)(settings),
        edge=driver("edges", settings.edge)(settings),
        databases=driver("databases", settings.databases)(settings),
        builder=driver("builders", settings.builder)(settings),
    )
    database = Database(database_url(settings), pool_size=pool_size).acting(acting)
    return Platform(settings, database, vault, machinery, driver("mail", settings.mail)(settings))


def database_url(settings: Settings) -> str:
    """`DATABASE_URL`, or the embedded server's, written down by `serai up`."""
    if settings.database_url:
        return settings.database_url.replace("postgres://", "postgresql://", 1)
    file = settings.secret_file("database_url")
    if not file.exists():
        raise Unavailable(
            f"There is no platform in {settings.home} yet. Start it with `make up`, or point "
            "SERAI_HOME or DATABASE_URL at one that runs."
        )
    return file.read_text().strip()


def owner_database_url(settings: Settings) -> str | None:
    """The tables' owner, who migrates: given, or the embedded server's, written down by `serai up`."""
    if settings.database_url:
        return settings.owner_database_url
    return settings.secret_file("owner_database_url").read_text().strip()


def driver(kind: str, name: str) -> Callable[[Settings], Any]:
    """The driver's factory, found through the entry points `serai.<kind>`."""
    for point in entry_points(group=f"serai.{kind}"):
        if point.name == name:
            return point.load()  # type: ignore[no-any-return]
    offered = ", ".join(sorted(point.name for point in entry_points(group=f"serai.{kind}")))
    raise Unavailable(f"There is no driver {name!r} for {kind}; there are: {offered}.")
