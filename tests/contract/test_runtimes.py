"""What every runtime promises. The confinement it claims is tested in test_runtime_isolation."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from serai.drivers.runtimes.process.client import ProcessRuntime
from serai.kit.errors import Invalid, Unavailable
from serai.modules.launches.ports import (
    CommandFailed,
    Process,
    ProcessStatus,
    Runtime,
    StaleFence,
    Unhealthy,
)
from tests.contract.conftest import Agent, Maker

Script = Callable[[str], list[str]]


@pytest.fixture
def runtime(agent: Agent) -> Runtime:
    return agent.runtime


async def launch(runtime: Runtime, process: Process, fence: int = 1) -> ProcessStatus:
    await runtime.prepare(process, fence)
    await runtime.start(process, fence)
    return await runtime.wait_healthy(process.launch_id, 10)


async def get(process: Process, path: str = "/") -> str:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{process.port}{path}") as response,
    ):
        return await response.text()


async def becomes(
    runtime: Runtime, launch_id: str, wanted: Callable[[ProcessStatus], bool], seconds: float = 10
) -> ProcessStatus:
    until = time.monotonic() + seconds
    while not wanted(status := await runtime.status(launch_id)):
        assert time.monotonic() < until, status
        await asyncio.sleep(0.02)
    return status


async def test_a_started_launch_answers_and_is_reported_running(runtime: Runtime, make: Maker) -> None:
    process = make()
    status = await launch(runtime, process)
    assert status.state == "running"
    assert status.pid
    assert status.memory
    assert "rlimits" in " ".join(status.isolation)
    assert "hello" in await get(process)
    assert list(await runtime.launch_ids()) == [process.launch_id]


async def test_an_unknown_launch_is_absent(runtime: Runtime) -> None:
    assert (await runtime.status("lch_unknown")).state == "absent"


async def test_a_prepared_launch_is_absent_and_listed(runtime: Runtime, make: Maker) -> None:
    process = make()
    process.home.mkdir(parents=True)
    for parent in process.home.parents[:2]:
        parent.chmod(0o711)
    (process.home / "settings").write_text("kept")
    await runtime.prepare(process, 1)
    await runtime.prepare(process, 1)
    assert (await runtime.status(process.launch_id)).state == "absent"
    assert process.launch_id in await runtime.launch_ids()
    assert (process.home / "settings").read_text() == "kept"
    if process.uid is not None:
        assert (process.home / "settings").stat().st_uid == process.uid
    assert process.home.stat().st_mode & 0o777 == 0o700


async def test_starting_twice_runs_one(runtime: Runtime, make: Maker) -> None:
    process = make()
    first = await launch(runtime, process)
    await runtime.start(process, 2)
    assert (await runtime.wait_healthy(process.launch_id, 5)).pid == first.pid
    assert len((process.home / "starts").read_text().split()) == 1


async def test_starting_with_another_environment_replaces_it(runtime: Runtime, make: Maker) -> None:
    process = make()
    await launch(runtime, process)
    changed = replace(process, environment={"GREETING": "welcome"})
    await runtime.start(changed, 2)
    await runtime.wait_healthy(process.launch_id, 5)
    assert "GREETING=welcome" in await get(process, "/environment")


async def test_the_environment_is_only_what_was_given(runtime: Runtime, make: Maker) -> None:
    process = make()
    await launch(runtime, process)
    names = {line.partition("=")[0] for line in (await get(process, "/environment")).splitlines()}
    assert names <= {"GREETING", "PATH", "HOME", "LANG", "PWD", "OLDPWD", "LC_CTYPE", "SHLVL"}


async def test_a_launch_that_dies_comes_back(runtime: Runtime, make: Maker) -> None:
    process = make()
    first = await launch(runtime, process)
    with pytest.raises(aiohttp.ClientError):
        await get(process, "/die")
    back = await becomes(runtime, process.launch_id, lambda one: one.state == "running" and one.restarts > 0)
    assert back.pid != first.pid
    assert back.restarts == 1
    assert back.exit_code == 3


async def test_waiting_for_a_crashing_launch_ends_early_with_its_log(runtime: Runtime, make: Maker) -> None:
    process = make("crash")
    await runtime.prepare(process, 1)
    await runtime.start(process, 1)
    began = time.monotonic()
    with pytest.raises(Unhealthy, match="cannot find my configuration"):
        await runtime.wait_healthy(process.launch_id, 30)
    assert time.monotonic() - began < 5
    status = await runtime.status(process.launch_id)
    assert status.state == "crashing"
    assert status.exit_code == 1


async def test_a_missing_program_is_said_at_once(runtime: Runtime, make: Maker) -> None:
    process = replace(make(), command=["/usr/bin/no-such-program"])
    await runtime.prepare(process, 1)
    await runtime.start(process, 1)
    with pytest.raises(Unhealthy, match="no-such-program"):
        await runtime.wait_healthy(process.launch_id, 30)


async def test_waiting_for_a_silent_launch_times_out(runtime: Runtime, make: Maker) -> None:
    process = make("deaf")
    await runtime.prepare(process, 1)
    await runtime.start(process, 1)
    with pytest.raises(Unhealthy, match=r"did not answer.*within 0\.5 s"):
        await runtime.wait_healthy(process.launch_id, 0.5)
    assert (await runtime.status(process.launch_id)).state == "starting"


async def test_a_stopped_launch_stays_stopped_and_starts_again(runtime: Runtime, make: Maker) -> None:
    process = make()
    await launch(runtime, process)
    await runtime.stop(process.launch_id, 2)
    await runtime.stop(process.launch_id, 2)
    assert (await runtime.status(process.launch_id)).state == "stopped"
    with pytest.raises(aiohttp.ClientError):
        await get(process)
    with pytest.raises(Unhealthy):
        await runtime.wait_healthy(process.launch_id, 1)
    await runtime.start(process, 3)
    assert (await runtime.wait_healthy(process.launch_id, 5)).state == "running"


async def test_a_launch_that_ignores_term_is_killed_after_the_grace(runtime: Runtime, make: Maker) -> None:
    process = make("stubborn")
    await launch(runtime, process)
    began = time.monotonic()
    await runtime.stop(process.launch_id, 2, grace=0.3)
    assert 0.25 < time.monotonic() - began < 3
    assert (await runtime.status(process.launch_id)).state == "stopped"


async def test_removing_leaves_nothing_and_may_be_repeated(
    runtime: Runtime, make: Maker, agent: Agent
) -> None:
    process = make()
    await launch(runtime, process)
    await runtime.remove(process.launch_id, 2)
    await runtime.remove(process.launch_id, 2)
    await runtime.remove("lch_never", 1)
    assert (await runtime.status(process.launch_id)).state == "absent"
    assert not process.home.exists()
    assert list(await runtime.launch_ids()) == []
    assert list((agent.directory / "agent" / "logs").iterdir()) == []
    for controller in Path("/sys/fs/cgroup").glob(f"**/{process.launch_id}"):
        pytest.fail(f"left behind: {controller}")


async def test_an_out_of_date_claim_changes_nothing(runtime: Runtime, make: Maker) -> None:
    process = make()
    await launch(runtime, process, fence=5)
    with pytest.raises(StaleFence):
        await runtime.stop(process.launch_id, 4)
    with pytest.raises(StaleFence):
        await runtime.start(process, 4)
    with pytest.raises(StaleFence):
        await runtime.remove(process.launch_id, 4)
    assert (await runtime.status(process.launch_id)).state == "running"
    await runtime.remove(process.launch_id, 6)
    with pytest.raises(StaleFence):
        await runtime.prepare(process, 5)
    assert not process.home.exists()


async def test_a_command_runs_once_and_returns_its_output(
    runtime: Runtime, make: Maker, script: Script
) -> None:
    process = make()
    await runtime.prepare(process, 1)
    output = await runtime.run(process, script("import os; print(os.environ['GREETING'], os.getcwd())"), 10)
    assert output.split() == ["peace", str(process.home)]


async def test_a_failing_command_tells_the_end_of_its_output(
    runtime: Runtime, make: Maker, script: Script
) -> None:
    process = make()
    await runtime.prepare(process, 1)
    with pytest.raises(CommandFailed, match="no such table"):
        await runtime.run(process, script("raise SystemExit('no such table')"), 10)
    with pytest.raises(CommandFailed, match=r"longer than 0\.3 s"):
        await runtime.run(process, script("import time; time.sleep(60)"), 0.3)


async def test_a_command_ends_when_its_caller_goes_away(
    runtime: Runtime, make: Maker, script: Script
) -> None:
    process = make()
    await runtime.prepare(process, 1)
    text = "import time\nwhile 1: open('beat','a').write('x'); time.sleep(.02)"
    call = asyncio.create_task(runtime.run(process, script(text), 60))
    while not (process.home / "beat").exists():
        await asyncio.sleep(0.02)
    call.cancel()
    await asyncio.sleep(0.3)
    size = (process.home / "beat").stat().st_size
    await asyncio.sleep(0.2)
    assert (process.home / "beat").stat().st_size == size


async def test_a_talkative_launch_is_kept_within_bounds(runtime: Runtime, make: Maker, agent: Agent) -> None:
    process = make("shout")
    await launch(runtime, process)
    status = await runtime.status(process.launch_id)
    assert "line 199999" in status.log_tail[-1]
    logs = (agent.directory / "agent" / "logs").iterdir()
    assert sum(log.stat().st_size for log in logs) <= 4 << 20


@pytest.mark.parametrize("launch_id", ["../lch_x", "lch", "lch_ä", "lch_a/b"])
async def test_an_id_that_is_no_file_name_is_refused(runtime: Runtime, make: Maker, launch_id: str) -> None:
    with pytest.raises((Invalid, Unavailable)):
        await runtime.prepare(replace(make(), launch_id=launch_id), 1)


async def test_a_home_that_would_take_others_with_it_is_refused(
    runtime: Runtime, make: Maker, agent: Agent
) -> None:
    for home in (Path("/"), Path("/srv"), agent.directory, Path("relative")):
        with pytest.raises(Invalid):
            await runtime.prepare(replace(make(), home=home), 1)


async def test_an_agent_that_is_not_there_is_unavailable(directory: Path) -> None:
    with pytest.raises(Unavailable):
        await ProcessRuntime(directory / "nobody.sock").status("lch_x")
