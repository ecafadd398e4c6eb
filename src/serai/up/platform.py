"""Starts everything in order, launches the first system, and stops everything at the end."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any

import aiohttp
import psutil
import psycopg
import structlog

from serai.composition import Platform, open_platform
from serai.drivers.databases.postgres.embedded import EmbeddedPostgres
from serai.kit.actor import SYSTEM
from serai.kit.errors import SeraiError, Unavailable
from serai.kit.home import make_home, must_be_reachable
from serai.kit.settings import Settings
from serai.modules import fleet, launches
from serai.portals.ui.assets import ensure_built
from serai.terminal.output import complaints, console, report
from serai.terminal.session import OPERATOR_EMAIL, operator
from serai.up import preflight
from serai.up.children import Child
from serai.up.first_system import ensure_launch, ensure_sandbox, load

log = structlog.get_logger()

_LOCAL = "local"
_READY_SECONDS = 60
_LOOK_AT_DATABASE_SECONDS = 0.5


async def run(settings: Settings, first: str) -> int:
    """Until SIGINT or SIGTERM. Returns the exit code; errors are one line on standard error."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    everything = LocalPlatform(settings)
    try:
        await _unless(stop, everything.start())
        await _unless(stop, everything.show(first))
        await stop.wait()
    except SeraiError as error:
        return report(error)
    except psycopg.Error as error:
        complaints.print(f"The database said no: {error}", style="red", markup=False)
        return 69
    except OSError as error:
        complaints.print(_explain(error, settings), style="red", markup=False)
        return 74
    finally:
        if stop.is_set():
            console.print("\nStopping…")
        await everything.stop()
    return 0


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Run `work` to its end, or give it up when `stop` is set."""
    task = asyncio.create_task(work)
    waiting = asyncio.ensure_future(stop.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not task.done():
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return
    task.result()


def _explain(error: OSError, settings: Settings) -> str:
    if error.errno == 28:
        return f"The disk is full. Free some space under {settings.home} and run `make up` again."
    return f"{error.strerror or error}: {error.filename or ''}. Mend that and run `make up` again."


class LocalPlatform:
    """The platform's processes on this machine."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._children: list[Child] = []
        self._server: EmbeddedPostgres | None = None
        self._database_keeper: asyncio.Task[None] | None = None
        self._lock: object = None
        self.platform: Platform | None = None

    async def start(self) -> None:
        settings = self._settings
        began = time.monotonic()
        make_home(settings)
        must_be_reachable(settings)
        preflight.check_disk(settings.state)
        self._lock = preflight.hold_home(settings)
        preflight.check_port(settings.port)
        await asyncio.to_thread(ensure_built, lambda text: console.print(f"  {text}", markup=False))
        await self._start_database()
        await self._start_children()
        self.platform = open_platform(settings, pool_size=4, acting=SYSTEM)
        await self._load_catalogue(self.platform)
        console.print(f"Serai is up after {time.monotonic() - began:.1f} s.")

    async def show(self, first: str) -> None:
        """Launch the first system unless it is there, and say where everything is."""
        assert self.platform is not None
        product, _, name = first.partition(":")
        if product and name:
            await ensure_launch(self.platform, product, name)
        self._say_where(name)

    async def stop(self) -> None:
        """In the order of who needs whom."""
        if self.platform is not None:
            await self.platform.close()
        for child in reversed(self._children):
            await child.stop()
        if self._database_keeper is not None:
            self._database_keeper.cancel()
        if self._server is not None:
            await self._server.stop()

    async def _start_database(self) -> None:
        settings = self._settings
        if settings.database_url:
            await preflight.migrate_external(settings)
            return
        self._server = preflight.embedded(settings)
        await self._server.start()
        await preflight.migrate(*await preflight.prepare_database(settings, self._server))
        self._database_keeper = asyncio.create_task(keep_running(self._server))

    async def _start_children(self) -> None:
        settings = self._settings
        agent = self._child(
            "agent", [sys.executable, "-m", "serai.drivers.runtimes.process.agent", "--state",
                      str(settings.state / "agent"), "--socket", str(settings.sockets / "agent.sock")],
            grace=20,
        )  # fmt: skip
        edge = self._child(
            "edge", preflight.edge_command(settings), preflight.edge_environment(settings),
            on_restart=self._restore_routes_soon,
        )  # fmt: skip
        web = self._child("web", [sys.executable, "-m", "serai", "web"])
        worker = self._child("worker", [sys.executable, "-m", "serai", "worker"])
        for child in (agent, edge, web, worker):
            await child.start()
        await self._wait_ready()

    def _child(
        self, name: str, command: Sequence[str], more: Mapping[str, str] | None = None, **options: Any
    ) -> Child:
        log_file = self._settings.state / "log" / f"{name}.log"
        environment = {"PYTHONUNBUFFERED": "1", "SERAI_HOME": str(self._settings.home.absolute())}
        environment |= more or {}
        child = Child(name, command, log_file, environment, **options)
        self._children.append(child)
        return child

    def _restore_routes_soon(self) -> None:
        """An edge that was started again knows no routes."""

        async def restore() -> None:
            while True:
                await asyncio.sleep(0.25)
                with suppress(SeraiError):
                    if self.platform is not None:
                        await launches.restore_routes(
                            self.platform.database, self.platform.fleet, only=_LOCAL
                        )
                        return

        self._restoring = asyncio.create_task(restore())

    async def _wait_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        url = f"http://127.0.0.1:{self._settings.port}/readyz"
        async with aiohttp.ClientSession() as client:
            while True:
                with suppress(aiohttp.ClientError, TimeoutError):
                    async with client.get(url, headers={"Host": self._settings.domain}) as answer:
                        if answer.status == 200:
                            return
                if time.monotonic() > deadline:
                    raise Unavailable(self._what_is_wrong())
                await asyncio.sleep(0.05)

    def _what_is_wrong(self) -> str:
        ended = [child for child in self._children if child.process and child.process.returncode]
        child = ended[0] if ended else self._children[-2]
        return f"The {child.name} does not get ready. {child.log_file} ends with:\n{child.tail()}"

    async def _load_catalogue(self, platform: Platform) -> None:
        settings = self._settings
        first_port, first_uid = preflight.place_of(settings)
        async with platform.database.transaction() as session:
            server = await fleet.register(
                session, SYSTEM, _LOCAL, capacity=settings.capacity,
                memory=psutil.virtual_memory().total * 4, first_port=first_port, ports=preflight.PORTS,
                first_uid=first_uid if os.getuid() == 0 else None,
            )  # fmt: skip
            await operator(session)
        platform.fleet.connect(server)  # says now what is missing
        for path in sorted(settings.products.glob("*/blueprint.yaml")):
            await load(platform, path)
        await ensure_sandbox(platform)

    def _say_where(self, name: str) -> None:
        settings = self._settings
        lines = [("Storefront", settings.public_url)]
        if name:
            lines.append((name, settings.url_of(name)))
            lines.append(("Its credentials", f"bin/serai launch credentials {name}"))
        lines += [
            ("Console", f"{settings.public_url}/console"),
            ("Sign in as", f"{OPERATOR_EMAIL}; the code comes to {settings.public_url}/mailbox"),
            ("Logs and data", str(settings.home)),
        ]
        console.print()
        for label, text in lines:
            console.print(f"  [bold]{label:<16}[/bold] {text}", soft_wrap=True)
        console.print("\nCtrl-C stops everything; `make up` brings it back.")


async def keep_running(server: EmbeddedPostgres) -> None:
    """Start the database again when it is gone; its own log says why it went."""
    while True:
        await asyncio.sleep(_LOOK_AT_DATABASE_SECONDS)
        if not server.is_running():
            log.warning("the database ended and is started again")
            with suppress(SeraiError, OSError):
                await server.start()
