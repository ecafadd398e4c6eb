"""Puts the platform together: settings, database, vault, and the drivers that settings name."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import aiohttp

from serai.contracts.mail import MailDriver
from serai.contracts.payments import Gateway, GatewayFactory
from serai.kit import clock
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Database
from serai.kit.errors import Unavailable
from serai.kit.secrets import Vault
from serai.kit.settings import Settings
from serai.kit.tools import Tools
from serai.migrations import tables as _tables  # noqa: F401 - foreign keys go by table name
from serai.modules import billing, fleet


@dataclass(frozen=True, slots=True)
class Platform:
    """All that a process of the platform works with."""

    settings: Settings
    database: Database
    vault: Vault
    gateways: billing.Gateways
    fleet: fleet.Fleet
    mail: MailDriver

    @property
    def tools(self) -> Tools:
        """What steps and jobs ask for by type."""
        return {
            Settings: self.settings, Vault: self.vault, fleet.Fleet: self.fleet,
            billing.Gateways: self.gateways,
        }  # fmt: skip

    async def gateway(self, key: str) -> Gateway:
        """Raises GatewayNotFound for one that is not set up or switched off."""
        return await self.gateways.get(key)

    async def close(self) -> None:
        await self.database.close()
        await self.fleet.close()
        await self.mail.close()


def open_platform(settings: Settings, *, pool_size: int = 10, acting: Actor | None = None) -> Platform:
    """`acting`: as whom the database is used; the web names nobody here and each request's actor
    there, everything else is the system."""
    if settings.environment == "development":
        clock.follow_file(settings.clock_file)
    vault = Vault(settings.secret_file("master.key"))
    database = Database(database_url(settings), pool_size=pool_size)
    gateways = billing.Gateways(database, vault, settings.public_url, gateway_factories(), send_to_ourselves)
    servers = fleet.Fleet(database.acting(SYSTEM), partial(open_drivers, settings))
    mail = driver("mail", settings.mail)(settings)
    return Platform(settings, database.acting(acting), vault, gateways, servers, mail)


def open_drivers(settings: Settings, chosen: fleet.ServerDrivers) -> fleet.Drivers:
    """One server's: those it names, with their settings, and the platform's own for the rest."""

    def made(kind: str, usual: str, choice: fleet.DriverChoice | None) -> Any:
        choice = choice or fleet.DriverChoice(usual)
        return driver(kind, choice.name)(settings, choice.settings)

    return fleet.Drivers(
        runtime=made("runtimes", settings.runtime, chosen.runtime),
        edge=made("edges", settings.edge, chosen.edge),
        databases=made("databases", settings.databases, chosen.databases),
        builder=made("builders", settings.builder, chosen.builder),
        home=Path(chosen.home) if chosen.home else settings.state,
    )


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


def gateway_factories() -> dict[str, GatewayFactory]:
    """Every payment gateway there is a driver for, whether it is set up or not."""
    return {point.name: point.load() for point in entry_points(group="serai.payments")}


async def send_to_ourselves(url: str, headers: Mapping[str, str], body: bytes) -> None:
    """The sandbox gateway's webhooks. One that does not arrive is made up for by asking."""
    timeout = aiohttp.ClientTimeout(total=5)
    with suppress(aiohttp.ClientError, TimeoutError):
        async with aiohttp.ClientSession(timeout=timeout) as client, client.post(
            url, data=body, headers=dict(headers)
        ):
            pass


def driver(kind: str, name: str) -> Callable[..., Any]:
    """The driver's factory, found through the entry points `serai.<kind>`."""
    for point in entry_points(group=f"serai.{kind}"):
        if point.name == name:
            return point.load()  # type: ignore[no-any-return]
    offered = ", ".join(sorted(point.name for point in entry_points(group=f"serai.{kind}")))
    raise Unavailable(f"There is no driver {name!r} for {kind}; there are: {offered}.")
