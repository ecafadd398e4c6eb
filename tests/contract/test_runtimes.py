"""What every runtime promises. The confinement it claims is tested in test_runtime_isolation."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from serai.contracts.fencing import StaleFence
from serai.contracts.runtime import CommandFailed, Runtime, Unhealthy, Workload, WorkloadStatus
from serai.drivers.runtimes.process.client import ProcessRuntime
from serai.kit.errors import Invalid, Unavailable
from tests.contract.conftest import Agent, Maker

Script = Callable[[str], list[str]]


@pytest.fixture
def runtime(agent: Agent) -> Runtime:
    return agent.runtime


async def launch(runtime: Runtime, workload: Workload, fence: int = 1) -> WorkloadStatus:
    await runtime.prepare(workload, (), fence)
    await runtime.start(workload, fence)
    return await runtime.wait_healthy(workload.launch_id, 10)


async def get(workload: Workload, path: str = "/") -> str:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{workload.port}{path}") as response,
    ):
        return await response.text()


async def becomes(
    runtime: Runtime, launch_id: str, wanted: Callable[[WorkloadStatus], bool], seconds: float = 10
) -> WorkloadStatus:
    until = time.monotonic() + seconds
    while not wanted(status := await runtime.status(launch_id)):
        assert time.monotonic() < until, status
        await asyncio.sleep(0.02)
    return status


async def test_a_started_launch_answers_and_is_reported_running(runtime: Runtime, make: Maker) -> None:
    workload = make()
    status = await launch(runtime, workload)
    assert status.state == "running"
    assert status.pid
    assert status.memory
    assert "rlimits" in " ".join(status.isolation)
    assert "hello" in await get(workload)
    assert list(await runtime.launch_ids()) == [workload.launch_id]


async def test_an_unknown_launch_is_absent(runtime: Runtime) -> None:
    assert (await runtime.status("lch_unknown")).state == "absent"


async def test_a_prepared_launch_is_absent_and_listed(runtime: Runtime, make: Maker) -> None:
    workload = make()
    workload.home.mkdir(parents=True)
    for parent in workload.home.parents[:2]:
        parent.chmod(0o711)
    (workload.home / "settings").write_text("kept")
    await runtime.prepare(workload, (), 1)
    await runtime.prepare(workload, (), 1)
    assert (await runtime.status(workload.launch_id)).state == "absent"
    assert workload.launch_id in await runtime.launch_ids()
    assert (workload.home / "settings").read_text() == "kept"
    if workload.uid is not None:
        assert (workload.home / "settings").stat().st_uid == workload.uid
    assert workload.home.stat().st_mode & 0o777 == 0o700


async def test_starting_twice_runs_one(runtime: Runtime, make: Maker) -> None:
    workload = make()
    first = await launch(runtime, workload)
    await runtime.start(workload, 2)
    assert (await runtime.wait_healthy(workload.launch_id, 5)).pid == first.pid
    assert len((workload.home / "starts").read_text().split()) == 1


async def test_starting_with_another_environment_replaces_it(runtime: Runtime, make: Maker) -> None:
    workload = make()
    await launch(runtime, workload)
    changed = replace(workload, environment={"GREETING": "welcome"})
    await runtime.start(changed, 2)
    await runtime.wait_healthy(workload.launch_id, 5)
    assert "GREETING=welcome" in await get(workload, "/environment")


async def test_the_environment_is_only_what_was_given(runtime: Runtime, make: Maker) -> None:
    workload = make()
    await launch(runtime, workload)
    names = {line.partition("=")[0] for line in (await get(workload, "/environment")).splitlines()}
    assert names <= {"GREETING", "PATH", "HOME", "LANG", "PWD", "OLDPWD", "LC_CTYPE", "SHLVL"}


async def test_a_launch_that_dies_comes_back(runtime: Runtime, make: Maker) -> None:
    workload = make()
    first = await launch(runtime, workload)
    with pytest.raises(aiohttp.ClientError):
        await get(workload, "/die")
    back = await becomes(runtime, workload.launch_id, lambda one: one.state == "running" and one.restarts > 0)
    assert back.pid != first.pid
    assert back.restarts == 1
    assert back.exit_code == 3


async def test_waiting_for_a_crashing_launch_ends_early_with_its_log(runtime: Runtime, make: Maker) -> None:
    workload = make("crash")
    await runtime.prepare(workload, (), 1)
    await runtime.start(workload, 1)
    began = time.monotonic()
    with pytest.raises(Unhealthy, match="cannot find my configuration"):
        await runtime.wait_healthy(workload.launch_id, 30)
    assert time.monotonic() - began < 5
    status = await runtime.status(workload.launch_id)
    assert status.state == "crashing"
    assert status.exit_code == 1


async def test_a_missing_program_is_said_at_once(runtime: Runtime, make: Maker) -> None:
    workload = replace(make(), command=["/usr/bin/no-such-program"])
    await runtime.prepare(workload, (), 1)
    await runtime.start(workload, 1)
    with pytest.raises(Unhealthy, match="no-such-program"):
        await runtime.wait_healthy(workload.launch_id, 30)


async def test_waiting_for_a_silent_launch_times_out(runtime: Runtime, make: Maker) -> None:
    workload = make("deaf")
    await runtime.prepare(workload, (), 1)
    await runtime.start(workload, 1)
    with pytest.raises(Unhealthy, match=r"did not answer.*within 0\.5 s"):
        await runtime.wait_healthy(workload.launch_id, 0.5)
    assert (await runtime.status(workload.launch_id)).state == "starting"


async def test_a_stopped_launch_stays_stopped_and_starts_again(runtime: Runtime, make: Maker) -> None:
    workload = make()
    await launch(runtime, workload)
    await runtime.stop(workload.launch_id, 2)
    await runtime.stop(workload.launch_id, 2)
    assert (await runtime.status(workload.launch_id)).state == "stopped"
    with pytest.raises(aiohttp.ClientError):
        await get(workload)
    with pytest.raises(Unhealthy):
        await runtime.wait_healthy(workload.launch_id, 1)
    await runtime.start(workload, 3)
    assert (await runtime.wait_healthy(workload.launch_id, 5)).state == "running"


async def test_a_launch_that_ignores_term_is_killed_after_the_grace(runtime: Runtime, make: Maker) -> None:
    workload = make("stubborn")
    await launch(runtime, workload)
    began = time.monotonic()
    await runtime.stop(workload.launch_id, 2, grace=0.3)
    assert 0.25 < time.monotonic() - began < 3
    assert (await runtime.status(workload.launch_id)).state == "stopped"


async def test_removing_leaves_nothing_and_may_be_repeated(
    runtime: Runtime, make: Maker, agent: Agent
) -> None:
    workload = make()
    await launch(runtime, workload)
    await runtime.remove(workload.launch_id, 2)
    await runtime.remove(workload.launch_id, 2)
    await runtime.remove("lch_never", 1)
    assert (await runtime.status(workload.launch_id)).state == "absent"
    assert not workload.home.exists()
    assert list(await runtime.launch_ids()) == []
    assert list((agent.directory / "agent" / "logs").iterdir()) == []
    for controller in Path("/sys/fs/cgroup").glob(f"**/{workload.launch_id}"):
        pytest.fail(f"left behind: {controller}")


async def test_an_out_of_date_claim_changes_nothing(runtime: Runtime, make: Maker) -> None:
    workload = make()
    await launch(runtime, workload, fence=5)
    with pytest.raises(StaleFence):
        await runtime.stop(workload.launch_id, 4)
    with pytest.raises(StaleFence):
        await runtime.start(workload, 4)
    with pytest.raises(StaleFence):
        await runtime.remove(workload.launch_id, 4)
    assert (await runtime.status(workload.launch_id)).state == "running"
    await runtime.remove(workload.launch_id, 6)
    with pytest.raises(StaleFence):
        await runtime.prepare(workload, (), 5)
    assert not workload.home.exists()


async def test_a_command_runs_once_and_returns_its_output(
    runtime: Runtime, make: Maker, script: Script
) -> None:
    workload = make()
    await runtime.prepare(workload, (), 1)
    output = await runtime.run(workload, script("import os; print(os.environ['GREETING'], os.getcwd())"), 10)
    assert output.split() == ["peace", str(workload.home)]


async def test_a_failing_command_tells_the_end_of_its_output(
    runtime: Runtime, make: Maker, script: Script
) -> None:
    workload = make()
    await runtime.prepare(workload, (), 1)
    with pytest.raises(CommandFailed, match="no such table"):
        await runtime.run(workload, script("raise SystemExit('no such table')"), 10)
    with pytest.raises(CommandFailed, match=r"longer than 0\.3 s"):
        await runtime.run(workload, script("import time; time.sleep(60)"), 0.3)


async def test_a_command_ends_when_its_caller_goes_away(
    runtime: Runtime, make: Maker, script: Script
) -> None:
    workload = make()
    await runtime.prepare(workload, (), 1)
    text = "import time\nwhile 1: open('beat','a').write('x'); time.sleep(.02)"
    call = asyncio.create_task(runtime.run(workload, script(text), 60))
    while not (workload.home / "beat").exists():
        await asyncio.sleep(0.02)
    call.cancel()
    await asyncio.sleep(0.3)
    size = (workload.home / "beat").stat().st_size
    await asyncio.sleep(0.2)
    assert (workload.home / "beat").stat().st_size == size


async def test_a_talkative_launch_is_kept_within_bounds(runtime: Runtime, make: Maker, agent: Agent) -> None:
    workload = make("shout")
    await launch(runtime, workload)
    status = await runtime.status(workload.launch_id)
    assert "line 199999" in status.log_tail[-1]
    logs = (agent.directory / "agent" / "logs").iterdir()
    assert sum(log.stat().st_size for log in logs) <= 4 << 20


@pytest.mark.parametrize("launch_id", ["../lch_x", "lch", "lch_ä", "lch_a/b"])
async def test_an_id_that_is_no_file_name_is_refused(runtime: Runtime, make: Maker, launch_id: str) -> None:
    with pytest.raises((Invalid, Unavailable)):
        await runtime.prepare(replace(make(), launch_id=launch_id), (), 1)


async def test_a_home_that_would_take_others_with_it_is_refused(
    runtime: Runtime, make: Maker, agent: Agent
) -> None:
    for home in (Path("/"), Path("/srv"), agent.directory, Path("relative")):
        with pytest.raises(Invalid):
            await runtime.prepare(replace(make(), home=home), (), 1)


async def test_an_agent_that_is_not_there_is_unavailable(directory: Path) -> None:
    with pytest.raises(Unavailable):
        await ProcessRuntime(directory / "nobody.sock").status("lch_x")
