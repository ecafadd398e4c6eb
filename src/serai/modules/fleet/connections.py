"""The way to the servers: each has drivers of its own, connected when first needed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
import structlog

from serai.kit.db import Database, Json
from serai.modules.fleet import queries
from serai.modules.fleet.drivers import Drivers, ServerDrivers
from serai.modules.fleet.models import Server

log = structlog.get_logger()

Result = TypeVar("Result")
Work = Callable[[Server, Drivers], Awaitable[Result]]


class Fleet:
    """One connection a server, kept until the platform closes. `database` acts as the system;
    `open_drivers` is the composition root's."""

    def __init__(self, database: Database, open_drivers: Callable[[ServerDrivers], Drivers]) -> None:
        self._database = database
        self._open = open_drivers
        self._connected: dict[str, tuple[Json, Drivers]] = {}
        self._replaced: list[Drivers] = []

    def connect(self, server: Server) -> Drivers:
        """Anew when its drivers were chosen anew. Raises Unavailable for one that is not there."""
        known = self._connected.get(server.id)
        if known is not None and known[0] == server.drivers:
            return known[1]
        drivers = self._open(msgspec.convert(server.drivers, ServerDrivers))
        if known is not None:
            self._replaced.append(known[1])  # a step may be at work with them
        self._connected[server.id] = server.drivers, drivers
        return drivers

    async def of_launch(self, launch_id: str) -> Drivers | None:
        """Of the server that a launch is placed on. Begins a transaction of its own."""
        async with self._database.transaction() as session:
            found = await queries.placed(session, launch_id)
        return self.connect(found[1]) if found else None

    async def on_each(
        self, work: Work[Result], *, only: str | None = None
    ) -> tuple[dict[str, Result], dict[str, Exception]]:
        """Do `work` at all servers at once, or at the one called `only`: what each answered, and how those
        that failed did, by name. A server that is down is its own affair."""
        async with self._database.transaction() as session:
            servers = [server for server, _count in await queries.servers(session)]
        wanted = [server for server in servers if only in {None, server.name}]
        answers = await asyncio.gather(*(self._at(server, work) for server in wanted), return_exceptions=True)
        done: dict[str, Result] = {}
        failed: dict[str, Exception] = {}
        for server, answer in zip(wanted, answers, strict=True):
            if isinstance(answer, Exception):
                failed[server.name] = answer
                log.warning("a server is left out for now", server=server.name, error=str(answer))
            elif isinstance(answer, BaseException):
                raise answer
            else:
                done[server.name] = answer
        return done, failed

    async def close(self) -> None:
        for drivers in (*self._replaced, *(drivers for _, drivers in self._connected.values())):
            await drivers.close()

    async def _at(self, server: Server, work: Work[Result]) -> Result:
        return await work(server, self.connect(server))
