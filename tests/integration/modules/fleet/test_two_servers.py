"""Two servers, each with an agent, an edge, a database server and a home of its own: launches are placed on
both, and what happens to one is its own affair."""

import asyncio
import os
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import msgspec
import pytest

from serai.composition import Platform
from serai.contracts.runtime import WorkloadStatus
from serai.drivers.databases.postgres.embedded import EmbeddedPostgres
from serai.drivers.edge import caddy
from serai.kit.actor import SYSTEM
from serai.kit.errors import Unavailable
from serai.modules import fleet, launches, operations
from serai.up import preflight
from tests.contract.conftest import Agent
from tests.crash.evidence import wait_for_end
from tests.crash.platform import PLAIN, Ground, Workers
from tests.support import eventually, fast_directory

LIGHT = Path(__file__).parents[3] / "crash" / "light"


class SecondServer:
    """All that a server is, below one directory."""

    def __init__(self, home: Path) -> None:
        for name in ("", "sockets", "secrets", "edge"):
            (home / name).mkdir(mode=0o711)
        self.home = home
        self.agent = Agent(home)
        self.postgres = EmbeddedPostgres(home / "postgres", home / "sockets", home / "secrets", durable=False)
        self.port = _free_port()
        self._edge: asyncio.subprocess.Process

    @property
    def drivers(self) -> fleet.ServerDrivers:
        return fleet.ServerDrivers(
            home=str(self.home),
            runtime=fleet.DriverChoice("process", {"socket": str(self.agent.socket)}),
            edge=fleet.DriverChoice("caddy", {"socket": str(self.home / "edge.sock")}),
            databases=fleet.DriverChoice("postgres", {"url_file": str(self.home / "secrets" / "databases")}),
        )

    async def start(self) -> None:
        await self.agent.start()
        await self.postgres.start()
        (self.home / "secrets" / "databases").write_text(self.postgres.url())
        config = caddy.base_config(
            port=self.port, web_upstream="127.0.0.1:1", admin_socket=self.home / "edge.sock",
            storage=self.home / "edge",
        )  # fmt: skip
        file = self.home / "edge" / "caddy.json"
        file.write_bytes(msgspec.json.encode(config))
        with (self.home / "edge" / "log").open("ab") as output:
            self._edge = await asyncio.create_subprocess_exec(
                *caddy.command(file), env=caddy.environment(self.home / "edge"), stdout=output, stderr=output
            )

    async def stop(self) -> None:
        await self.agent.end()
        self._edge.kill()
        await self._edge.wait()
        await self.postgres.stop(signal.SIGQUIT)


@pytest.fixture
def root() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="serai-two-", dir=fast_directory()) as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture
async def base(root: Path) -> AsyncIterator[Ground]:
    made = Ground(root / "home")
    await made.start()
    await made.load(LIGHT)
    yield made
    await made.stop()


@pytest.fixture
async def second(root: Path, base: Ground) -> AsyncIterator[SecondServer]:
    made = SecondServer(root / "second")
    await made.start()
    await register(base, "second", capacity=5, after=100, drivers=made.drivers)
    yield made
    await made.stop()


async def register(base: Ground, name: str, *, capacity: int, after: int = 0, **drivers: fleet.ServerDrivers) -> None:
    first_port, first_uid = preflight.place_of(base.settings)
    async with base.platform.database.transaction() as session:
        await fleet.register(
            session, SYSTEM, name, capacity=capacity, memory=2**40, first_port=first_port + after, ports=50,
            first_uid=first_uid + after if os.getuid() == 0 else None, **drivers,
        )  # fmt: skip


async def finish(base: Ground, *operation_ids: str) -> None:
    ended = await wait_for_end(base, list(operation_ids))
    assert ended is not None
    assert {each.error for each in ended.values()} == {None}


async def change(base: Ground, wanted, name: str) -> None:
    async with base.platform.database.transaction() as session:
        operation = await wanted(session, SYSTEM, name)
    await finish(base, operation.id)


async def server_of(platform: Platform, launch_id: str) -> str:
    async with platform.database.transaction() as session:
        placement = await fleet.placement(session, launch_id)
    assert placement is not None
    return placement.server.name


async def answer(port: int, name: str) -> str:
    """What the system says at an edge; nothing when it is not reached there."""
    host = {"Host": f"{name}.apps.localhost"}
    async with aiohttp.ClientSession() as client, client.get(f"http://127.0.0.1:{port}/", headers=host) as found:
        return await found.text() if found.status == 200 else ""


async def status(base: Ground, launch_id: str) -> WorkloadStatus:
    return await launches.process_status(base.platform.fleet, launch_id)


def directories(home: Path, kind: str) -> set[str]:
    return {path.name for path in (home / kind).iterdir()}


async def test_launches_live_on_both_and_one_server_s_death_is_its_own_affair(
    base: Ground, second: SecondServer
) -> None:
    first_home, platform, port = base.settings.state, base.platform, base.settings.port
    await register(base, "local", capacity=1)
    async with Workers(base, 1, PLAIN):
        (one, launching), (two, launching_too) = [await base.order("light", name) for name in ("one", "two")]
        await finish(base, launching, launching_too)

        assert [await server_of(platform, each) for each in (one, two)] == ["local", "second"]
        assert [await answer(port, "one"), await answer(second.port, "two")] == ["one", "two"]
        assert [await answer(port, "two"), await answer(second.port, "one")] == ["", ""]
        there = await platform.fleet.of_launch(two)
        assert there is not None
        for drivers, home, launch in ((base.drivers, first_home, one), (there, second.home, two)):
            assert list(await drivers.runtime.launch_ids()) == [launch]
            assert list(await drivers.edge.routes()) == [launch]
            assert [name for name in await drivers.databases.names() if name.startswith("lch_")] == [launch]
            assert len(await drivers.databases.names()) == 2, "the system and its template"
            assert directories(home, "launches") == {launch}
            assert len(directories(home, "releases")) == 1
        before = await status(base, one)

        await second.agent.end(signal.SIGKILL)

        assert (await status(base, two)).log_tail, "a page says that its server does not answer"
        assert (await status(base, one)).pid == before.pid
        assert await answer(port, "one") == "one"
        await change(base, launches.stop, "one")
        assert await answer(port, "one") == ""
        await change(base, launches.start, "one")
        assert await answer(port, "one") == "one"
        await register(base, "local", capacity=2)
        three, launching = await base.order("light", "three")
        await finish(base, launching)
        assert (await server_of(platform, three), await answer(port, "three")) == ("local", "three")

        strays = [("lch_nobodys", "nobodys.apps.localhost", 1), (two, "two.apps.localhost", 1)]
        await base.drivers.edge.replace_routes(strays)
        found = await launches.sweep(platform.database, platform.fleet)
        assert {kind: set(names) for kind, names in found.items()} == {
            "databases": set(), "processes": set(), "routes": {"lch_nobodys", two},
        }  # fmt: skip
        assert await launches.restore_routes(platform.database, platform.fleet) == 3, "edges are not agents"
        assert [await answer(port, name) for name in ("one", "three")] == ["one", "three"]
        assert list(await there.edge.routes()) == [two]

        await second.agent.start()

        async def back() -> bool:
            return await answer(second.port, "two") == "two"

        await eventually(back, 60)
        assert not any((await launches.sweep(platform.database, platform.fleet)).values())
        await change(base, launches.terminate, "two")
        assert await there.databases.names() == [name for name in await base.drivers.databases.names()
                                                 if name.startswith("tpl_")]  # fmt: skip
        assert directories(second.home, "launches") == set()
        async with platform.database.transaction() as session:
            assert len(await operations.page(session, SYSTEM, kind="build_release")) == 2


async def test_routes_of_a_server_whose_edge_is_away_are_told_when_the_others_are_done(
    base: Ground, root: Path
) -> None:
    gone = fleet.DriverChoice("caddy", {"socket": str(root / "nobody.sock")})
    nowhere = [fleet.DriverChoice("process", {"socket": str(root / "nobody")}),
               gone, fleet.DriverChoice("postgres", {"url_file": str(root / "nothing")})]  # fmt: skip
    await register(base, "second", capacity=5, after=100, drivers=fleet.ServerDrivers(str(root / "x"), *nowhere))
    await base.drivers.edge.put_route("lch_nobodys", "nobodys.apps.localhost", 1)
    with pytest.raises(Unavailable, match="second"):
        await launches.restore_routes(base.platform.database, base.platform.fleet)
    assert await base.drivers.edge.routes() == {}
    await base.drivers.edge.put_route("lch_nobodys", "nobodys.apps.localhost", 1)
    found = await launches.sweep(base.platform.database, base.platform.fleet)
    assert found["routes"] == ["lch_nobodys"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
