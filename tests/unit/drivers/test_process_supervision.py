"""Supervision with quick timing and with less isolation than this machine may offer."""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from serai.contracts.runtime import CommandFailed, Health, Limits, Workload, WorkloadStatus
from serai.drivers.runtimes.process.isolation import Isolation, probe
from serai.drivers.runtimes.process.keeper import Keeper
from serai.drivers.runtimes.process.spawn import Spawner
from serai.drivers.runtimes.process.store import Store
from serai.drivers.runtimes.process.supervision import Timing
from serai.kit import ids
from tests.contract.conftest import APPLICATION, PYTHON, free_port

QUICK = Timing(first_retry=0.05, longest_retry=0.4, calm=0.5, running_probe=0.05, grace=1)


@pytest.fixture
def directory() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="serai-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest_asyncio.fixture
async def isolation(directory: Path) -> Isolation:
    return await probe(directory / "agent")


@pytest_asyncio.fixture
async def keeper(directory: Path, isolation: Isolation) -> AsyncIterator[Keeper]:
    keeper = keeper_with(directory, isolation)
    await keeper.resume()
    yield keeper
    await keeper.close()


def keeper_with(directory: Path, isolation: Isolation, timing: Timing = QUICK) -> Keeper:
    store = Store(directory / "agent" / "launches")
    return Keeper(directory / "agent", Spawner(isolation, store), store, timing)


def make(directory: Path, *arguments: str, memory: int = 64 << 20) -> Workload:
    release = directory / "release"
    release.mkdir(mode=0o755, exist_ok=True)
    shutil.copy(APPLICATION, release / "application.py")
    (release / "application.py").chmod(0o644)
    launch_id, port = ids.new("lch"), free_port()
    return Workload(
        launch_id=launch_id,
        command=[PYTHON, "-S", str(release / "application.py"), str(port), *arguments],
        environment={},
        home=directory / "launches" / launch_id,
        readable=[release],
        port=port,
        uid=61_000 + os.getpid() % 1000 if os.geteuid() == 0 else None,
        limits=Limits(memory=memory, cpu=1, processes=20, files=100, disk=1 << 20),
        health=Health("/health", 200, "acme.apps.localhost"),
    )


async def launch(keeper: Keeper, workload: Workload) -> WorkloadStatus:
    await keeper.prepare(workload, (), 1)
    await keeper.start(workload, 1)
    return await keeper.wait_healthy(workload.launch_id, 10)


async def until(keeper: Keeper, launch_id: str, state: str, restarts: int = 0) -> WorkloadStatus:
    end = time.monotonic() + 10
    while True:
        status = await keeper.status(launch_id)
        if status.state == state and status.restarts >= restarts:
            return status
        assert time.monotonic() < end, status
        await asyncio.sleep(0.01)


async def test_a_launch_that_falls_ill_is_restarted(keeper: Keeper, directory: Path) -> None:
    workload = make(directory)
    await launch(keeper, workload)
    (workload.home / "ill").touch()
    await until(keeper, workload.launch_id, "starting", restarts=1)
    (workload.home / "ill").unlink()
    status = await until(keeper, workload.launch_id, "running", restarts=1)
    assert any("health probes" in line for line in status.log_tail)


async def test_retries_wait_longer_each_time_up_to_a_bound(keeper: Keeper, directory: Path) -> None:
    workload = make(directory, "crash")
    await keeper.prepare(workload, (), 1)
    began = time.monotonic()
    await keeper.start(workload, 1)
    status = await until(keeper, workload.launch_id, "crashing", restarts=5)
    assert time.monotonic() - began > 0.05 + 0.1 + 0.2 + 0.4 + 0.4
    assert status.retry_in <= 0.4


async def test_starting_a_crashing_launch_again_tries_at_once(keeper: Keeper, directory: Path) -> None:
    workload = make(directory, "crash")
    await keeper.prepare(workload, (), 1)
    await keeper.start(workload, 1)
    await until(keeper, workload.launch_id, "crashing", restarts=1)
    await keeper.start(workload, 1)
    assert (await keeper.status(workload.launch_id)).restarts == 0


async def test_stopping_during_the_wait_for_a_retry_is_quick(keeper: Keeper, directory: Path) -> None:
    workload = make(directory, "crash")
    await keeper.prepare(workload, (), 1)
    await keeper.start(workload, 1)
    await until(keeper, workload.launch_id, "crashing")
    began = time.monotonic()
    await keeper.stop(workload.launch_id, 1, grace=10)
    assert time.monotonic() - began < 1
    assert (await keeper.status(workload.launch_id)).state == "stopped"


@pytest.mark.skipif(sys.platform != "linux", reason="weaker isolation is all there is elsewhere")
@pytest.mark.parametrize("missing", [("bwrap",), ("tree",), ("bwrap", "tree")])
async def test_a_launch_runs_with_what_isolation_there_is(
    directory: Path, isolation: Isolation, missing: tuple[str, ...]
) -> None:
    weaker = replace(isolation, **dict.fromkeys(missing))  # type: ignore[arg-type]
    keeper = keeper_with(directory, weaker)
    workload = make(directory)
    status = await launch(keeper, workload)
    named = " ".join(status.isolation)
    assert ("bubblewrap" in named) == (weaker.bwrap is not None)
    assert ("cgroup" in named) == (weaker.tree is not None)
    facts = Path(f"/proc/{status.pid}/status").read_text()
    assert "NoNewPrivs:\t1" in facts
    if workload.uid is not None:
        assert f"Uid:\t{workload.uid}\t{workload.uid}" in facts
    hog = [PYTHON, "-S", "-c", "x = b'x' * (256 << 20); print(len(x))"]
    with pytest.raises(CommandFailed):
        await keeper.run(workload, hog, 10)
    await keeper.remove(workload.launch_id, 2)
    assert not Path(f"/proc/{status.pid}").exists()
    assert not workload.home.exists()
