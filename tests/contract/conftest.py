"""What the contract suites need: one real driver of each kind, and makers of small launches."""

import asyncio
import itertools
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp.web import AppRunner

from serai.contracts.runtime import Health, Limits, Workload
from serai.drivers.databases.postgres.embedded import EmbeddedPostgres
from serai.drivers.databases.postgres.tenants import PostgresDatabases
from serai.drivers.edge.caddy import CaddyEdge, base_config, command, environment
from serai.drivers.runtimes.process.client import ProcessRuntime
from serai.kit import ids
from serai.kit.errors import Unavailable
from tests.contract.echo import echo_application, serve
from tests.support import fast_directory

APPLICATION = Path(__file__).with_name("application.py")
PYTHON = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
_uids = itertools.count(70_000 + os.getpid() % 20_000 * 20)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest.fixture
def directory() -> Iterator[Path]:
    """Short, as unix sockets need it, and passable, as other uids need it."""
    path = Path(tempfile.mkdtemp(prefix="serai-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@dataclass
class Agent:
    """The process agent as a child of the test."""

    directory: Path
    workload: asyncio.subprocess.Process | None = None

    @property
    def socket(self) -> Path:
        return self.directory / "agent.sock"

    @property
    def runtime(self) -> ProcessRuntime:
        return ProcessRuntime(self.socket)

    async def start(self) -> None:
        self.workload = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "serai.drivers.runtimes.process.agent"),
            *("--state", str(self.directory / "agent"), "--socket", str(self.socket)),
            stdout=(self.directory / "agent.log").open("ab"),
            stderr=asyncio.subprocess.STDOUT,
        )
        for _ in range(1000):
            try:
                await self.runtime.about()
            except Unavailable:
                await asyncio.sleep(0.01)
            else:
                return
        raise AssertionError((self.directory / "agent.log").read_text())

    async def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.workload is not None and self.workload.returncode is None:
            self.workload.send_signal(how)
            await self.workload.wait()


@pytest_asyncio.fixture
async def agent(directory: Path) -> AsyncIterator[Agent]:
    agent = Agent(directory)
    await agent.start()
    yield agent
    await agent.end()


@dataclass
class Edge:
    """Caddy with a web server behind it that echoes, streams, and speaks web sockets."""

    directory: Path
    port: int
    web: AppRunner
    web_port: int
    workload: asyncio.subprocess.Process | None = None

    @property
    def driver(self) -> CaddyEdge:
        return CaddyEdge(self.directory / "admin.sock")

    async def start(self) -> None:
        config = base_config(
            port=self.port,
            web_upstream=f"127.0.0.1:{self.web_port}",
            admin_socket=self.directory / "admin.sock",
            storage=self.directory / "storage",
        )
        (self.directory / "caddy.json").write_text(json.dumps(config))
        self.workload = await asyncio.create_subprocess_exec(
            *command(self.directory / "caddy.json"),
            env=environment(self.directory),
            stderr=(self.directory / "caddy.log").open("ab"),
        )
        for _ in range(500):
            try:
                await self.driver.routes()
            except Unavailable:
                await asyncio.sleep(0.02)
            else:
                return
        raise AssertionError((self.directory / "caddy.log").read_text())

    async def end(self) -> None:
        if self.workload is not None and self.workload.returncode is None:
            self.workload.kill()
            await self.workload.wait()


@pytest_asyncio.fixture
async def edge(directory: Path) -> AsyncIterator[Edge]:
    web, web_port = await serve(echo_application("web"))
    edge = Edge(directory, free_port(), web, web_port)
    await edge.start()
    yield edge
    await edge.end()
    await web.cleanup()


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL of this test process's own, in memory where there is room: ext4 avoids inodes
    freed in the last minutes, so that dropping databases slows the making of the next tenfold."""
    path = Path(tempfile.mkdtemp(prefix="serai-", dir=fast_directory()))
    path.chmod(0o711)
    for name in ("sockets", "secrets"):
        (path / name).mkdir()
    one = EmbeddedPostgres(path / "pg", path / "sockets", path / "secrets", durable=False)
    asyncio.run(one.start())
    yield one
    asyncio.run(one.stop())
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def databases(server: EmbeddedPostgres) -> PostgresDatabases:
    return PostgresDatabases(server.url(), "127.0.0.1", server.port)


@dataclass
class Maker:
    """Makes launches of the test application, each with its own home, port and uid."""

    directory: Path
    made: list[Workload] = field(default_factory=list)

    def __call__(
        self, *arguments: str, environment: dict[str, str] | None = None, **limits: float
    ) -> Workload:
        release = self.directory / "release"
        release.mkdir(mode=0o755, exist_ok=True)
        shutil.copy(APPLICATION, release / "application.py")
        release.chmod(0o755)
        (release / "application.py").chmod(0o644)
        launch_id, port = ids.new("lch"), free_port()
        amounts = {"memory": 64 << 20, "cpu": 1, "processes": 20, "files": 256, "disk": 16 << 20}
        workload = Workload(
            launch_id=launch_id,
            command=[PYTHON, "-S", str(release / "application.py"), str(port), *arguments],
            environment={"GREETING": "peace", **(environment or {})},
            home=self.directory / "launches" / launch_id / "home",
            readable=[release],
            port=port,
            uid=next(_uids) if os.geteuid() == 0 else None,
            limits=Limits(**(amounts | limits)),  # type: ignore[arg-type]
            health=Health("/health", 200, "acme.apps.localhost"),
        )
        self.made.append(workload)
        return workload


@pytest.fixture
def make(directory: Path) -> Maker:
    return Maker(directory)


@pytest.fixture
def script(make: Maker) -> Callable[[str], list[str]]:
    """A command that runs a few lines of Python."""
    return lambda text: [PYTHON, "-I", "-S", "-c", text]
