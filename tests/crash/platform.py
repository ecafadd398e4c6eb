"""A platform without a web: database, agent, edge, and workers that the tests start and kill."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from serai.composition import Platform, open_platform
from serai.drivers.databases.postgres.embedded import EmbeddedPostgres
from serai.kit.actor import SYSTEM, Actor
from serai.kit.home import make_home
from serai.kit.settings import ROOT, Settings
from serai.modules import catalog, fleet, identity, launches
from serai.up import preflight
from serai.up.children import Child

OWNER = "owner@example.com"


class Ground:
    """Everything but the workers. `home` must be reachable by other users of the machine."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home, port=_free_port())
        self.environment = {
            **os.environ, "SERAI_HOME": str(home), "SERAI_PORT": str(self.settings.port),
            "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1",
        }  # fmt: skip
        self._children: list[Child] = []
        self.server: EmbeddedPostgres
        self.platform: Platform
        self.drivers: fleet.Drivers
        self.server_id: str
        self.actor: Actor

    async def start(self) -> None:
        settings = self.settings
        make_home(settings)
        self.server = preflight.embedded(settings, durable=False)
        await self.server.start()
        await preflight.migrate(*await preflight.prepare_database(settings, self.server))
        agent = [sys.executable, "-m", "serai.drivers.runtimes.process.agent", "--state",
                 str(settings.state / "agent"), "--socket", str(settings.sockets / "agent.sock")]  # fmt: skip
        for name, command in (("agent", agent), ("edge", preflight.edge_command(settings))):
            child = Child(name, command, settings.state / "log" / f"{name}.log", self.environment)
            self._children.append(child)
            await child.start()
        for path in (settings.sockets / "agent.sock", settings.sockets / "edge.sock"):
            while not path.exists():
                await asyncio.sleep(0.02)
        self.platform = open_platform(settings, pool_size=5, acting=SYSTEM)
        async with self.platform.database.transaction() as session:
            first_port, first_uid = preflight.place_of(settings)
            server = await fleet.register(
                session, SYSTEM, "local", capacity=500, memory=2**40, first_port=first_port,
                ports=preflight.PORTS, first_uid=first_uid if os.getuid() == 0 else None,
            )  # fmt: skip
            user, account = await identity.ensure_user(session, OWNER)
            self.actor = await identity.actor_in(session, user, account)
        self.server_id, self.drivers = server.id, self.platform.fleet.connect(server)

    async def load(self, directory: Path) -> catalog.Release:
        blueprint = catalog.load(directory)
        async with self.platform.database.transaction() as session:
            return await catalog.sync(session, SYSTEM, blueprint)

    async def order(self, product: str, name: str) -> tuple[str, str]:
        """Ask for a launch; the launch's and its operation's ids."""
        async with self.platform.database.transaction() as session:
            launch, operation = await launches.create(
                session, self.actor, self.settings, self.platform.vault,
                launches.Order(product, None, name, OWNER),
            )  # fmt: skip
        return launch.id, operation.id

    async def stop(self) -> None:
        await self.platform.close()
        for child in reversed(self._children):
            await child.stop()
        await self.server.stop(signal.SIGQUIT)


PLAIN = ("-m", "serai", "worker")
SUICIDAL = ("-m", "tests.crash.worker")


class Workers:
    """A few worker processes; whoever dies is replaced, as `serai up` does."""

    def __init__(
        self, base: Ground, count: int, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        self._base = base
        self._count = count
        self._command = command
        self._environment = {**base.environment, **(environment or {})}
        self._keepers: list[asyncio.Task[None]] = []
        self.processes: dict[int, asyncio.subprocess.Process] = {}
        self.deaths: list[int] = []

    async def __aenter__(self) -> "Workers":
        self._keepers = [asyncio.create_task(self._keep(number)) for number in range(self._count)]
        return self

    async def __aexit__(self, *_error: object) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        for process in self.processes.values():
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def _keep(self, number: int) -> None:
        log_file = self._base.settings.state / "log" / f"worker{number}.log"
        while True:
            with log_file.open("ab") as output:
                process = await asyncio.create_subprocess_exec(
                    sys.executable, *self._command, env=self._environment, stdout=output,
                    stderr=output, cwd=ROOT,
                )  # fmt: skip
            self.processes[number] = process
            self.deaths.append(await process.wait())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
