"""The agent may end in any way and come back: every wanted process runs once, no other runs."""

import asyncio
import signal
import sys
import time
from pathlib import Path

import pytest

from serai.contracts.fencing import StaleFence
from serai.contracts.runtime import Workload
from serai.drivers.runtimes.process import proc
from tests.contract.conftest import Agent, Maker
from tests.contract.test_runtimes import becomes, get, launch


async def gone(pid: int) -> None:
    until = time.monotonic() + 5
    while proc.started(pid) is not None:
        assert time.monotonic() < until
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_what_was_wanted_comes_back_once(agent: Agent, make: Maker, how: signal.Signals) -> None:
    wanted, stopped, removed = make(), make(), make()
    first = await launch(agent.runtime, wanted, fence=7)
    for other in (stopped, removed):
        await launch(agent.runtime, other)
    await agent.runtime.stop(stopped.launch_id, 1)
    await agent.runtime.remove(removed.launch_id, 1)
    await agent.end(how)
    assert first.pid
    if Path("/proc").is_dir():
        await gone(first.pid)
    await agent.start()
    back = await agent.runtime.wait_healthy(wanted.launch_id, 10)
    assert back.pid != first.pid
    assert "hello" in await get(wanted)
    assert len((wanted.home / "starts").read_text().split()) == 2
    assert (await agent.runtime.status(stopped.launch_id)).state == "stopped"
    assert (await agent.runtime.status(removed.launch_id)).state == "absent"
    with pytest.raises(StaleFence):
        await agent.runtime.stop(wanted.launch_id, 6)


async def test_an_agent_killed_again_and_again_never_doubles_a_launch(agent: Agent, make: Maker) -> None:
    processes = [make() for _ in range(3)]
    for workload in processes:
        await launch(agent.runtime, workload)
    for pause in (0, 0.05, 0.2):
        await agent.end(signal.SIGKILL)
        await agent.start()
        await asyncio.sleep(pause)
    for workload in processes:
        await agent.runtime.wait_healthy(workload.launch_id, 10)
        assert len(programs(workload)) == 1


async def test_sigterm_stops_all_in_parallel(agent: Agent, make: Maker) -> None:
    processes = [make() for _ in range(5)]
    await asyncio.gather(*(launch(agent.runtime, one) for one in processes))
    began = time.monotonic()
    await agent.end(signal.SIGTERM)
    assert time.monotonic() - began < 3
    for workload in processes:
        assert programs(workload) == []


async def test_a_second_agent_is_refused(agent: Agent) -> None:
    second = Agent(agent.directory)
    second.workload = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "serai.drivers.runtimes.process.agent"),
        *("--state", str(agent.directory / "agent"), "--socket", str(agent.directory / "b.sock")),
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await second.workload.communicate()
    assert second.workload.returncode == 1
    assert b"Another agent" in errors


async def test_a_launch_survives_the_worker(agent: Agent, make: Maker) -> None:
    workload = make()
    status = await launch(agent.runtime, workload)
    await becomes(agent.runtime, workload.launch_id, lambda one: one.pid == status.pid)


def programs(workload: Workload) -> list[int]:
    """The processes that are the launch's own program, not a wrapper around it."""
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in pids if words(pid) == list(workload.command)]


def words(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().rstrip("\0").split("\0")
    except OSError:
        return []
