"""The confinement the process runtime names is really in force: shown by attacking it."""

import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from serai.contracts.runtime import CommandFailed, Workload
from tests.contract.conftest import Agent, Maker
from tests.contract.test_runtimes import becomes, get, launch

Script = Callable[[str], list[str]]

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux confines processes"),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root: own uids and cgroups"),
]

OPEN = """
import json, sys
found = {}
for path in sys.argv[1:]:
    try:
        open(path).read(); found[path] = "readable"
    except OSError as error:
        found[path] = type(error).__name__
print(json.dumps(found))
"""

FORK = """
import os, signal, time
made = []
try:
    for _ in range(200):
        pid = os.fork()
        if pid == 0:
            time.sleep(30); os._exit(0)
        made.append(pid)
except OSError:
    pass
print(len(made))
for pid in made: os.kill(pid, signal.SIGKILL)
"""


async def needs(agent: Agent, name: str) -> None:
    about = await agent.runtime.about()
    if not any(one.startswith(name) for one in about.isolation):
        pytest.skip(f"this machine offers no {name}")


async def readable(agent: Agent, workload: Workload, script: Script, *paths: Path) -> dict[str, str]:
    command = [*script(OPEN), *map(str, paths)]
    found: dict[str, str] = json.loads(await agent.runtime.run(workload, command, 10))
    return found


async def test_eating_more_memory_than_allowed_ends_the_launch_and_it_comes_back(
    agent: Agent, make: Maker
) -> None:
    await needs(agent, "cgroup")
    workload = make(memory=48 << 20)
    await launch(agent.runtime, workload)
    with pytest.raises(aiohttp.ClientError):
        await get(workload, "/eat")
    back = await becomes(
        agent.runtime, workload.launch_id, lambda one: one.restarts > 0 and one.state == "running"
    )
    assert back.exit_code == 137
    assert back.memory is not None
    assert back.memory < 48 << 20


async def test_a_fork_bomb_is_contained(agent: Agent, make: Maker, script: Script) -> None:
    workload = make(processes=15)
    await agent.runtime.prepare(workload, (), 1)
    forks = int(await agent.runtime.run(workload, script(FORK), 20))
    assert 5 <= forks <= 18


async def test_files_and_their_size_are_bounded(agent: Agent, make: Maker, script: Script) -> None:
    workload = make(files=40, disk=1 << 20)
    await agent.runtime.prepare(workload, (), 1)
    text = "import os\nn=0\ntry:\n while 1: os.dup(1); n+=1\nexcept OSError: print(n)"
    assert 20 <= int(await agent.runtime.run(workload, script(text), 10)) < 40
    with pytest.raises(CommandFailed):
        await agent.runtime.run(workload, script("open('big','wb').write(b'x' * (2 << 20))"), 10)
    assert (workload.home / "big").stat().st_size <= 1 << 20


async def test_the_processor_is_shared_as_told(agent: Agent, make: Maker, script: Script) -> None:
    await needs(agent, "cgroup")
    workload = make(cpu=0.2)
    await agent.runtime.prepare(workload, (), 1)
    text = "import time\nt=time.time()\nwhile time.time()-t<1: pass\nprint(time.process_time())"
    assert float(await agent.runtime.run(workload, script(text), 10)) < 0.5


async def test_another_launch_cannot_be_read(agent: Agent, make: Maker, script: Script) -> None:
    victim, attacker = make(), make()
    await launch(agent.runtime, victim)
    await agent.runtime.prepare(attacker, (), 1)
    found = await readable(agent, attacker, script, victim.home / "starts", Path("/etc/hosts"))
    assert found[str(victim.home / "starts")] in {"PermissionError", "FileNotFoundError"}
    assert found["/etc/hosts"] == "readable"


async def test_serai_s_own_state_cannot_be_read(agent: Agent, make: Maker, script: Script) -> None:
    workload = make()
    await launch(agent.runtime, workload)
    record = agent.directory / "agent" / "launches" / f"{workload.launch_id}.json"
    log = agent.directory / "agent" / "logs" / f"{workload.launch_id}.log"
    assert record.stat().st_mode & 0o777 == 0o600
    found = await readable(agent, workload, script, record, log, Path("/etc/shadow"))
    assert set(found.values()) <= {"PermissionError", "FileNotFoundError"}
    text = f"import socket; socket.socket(socket.AF_UNIX).connect({str(agent.socket)!r})"
    with pytest.raises(CommandFailed):
        await agent.runtime.run(workload, script(text), 10)


async def test_secrets_of_another_launch_do_not_show_in_proc(
    agent: Agent, make: Maker, script: Script
) -> None:
    victim = make(environment={"SECRET": "do not tell"})
    attacker = make()
    status = await launch(agent.runtime, victim)
    await agent.runtime.prepare(attacker, (), 1)
    path = Path(f"/proc/{status.pid}/environ")
    assert b"do not tell" in path.read_bytes()
    found = await readable(agent, attacker, script, path)
    assert found[str(path)] in {"PermissionError", "FileNotFoundError"}
    lines = [entry.joinpath("cmdline") for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    assert not any(b"do not tell" in read(line) for line in lines)


async def test_other_processes_are_not_to_be_seen(agent: Agent, make: Maker, script: Script) -> None:
    await needs(agent, "bubblewrap")
    workload = make()
    await agent.runtime.prepare(workload, (), 1)
    text = "import os; print(len([one for one in os.listdir('/proc') if one.isdigit()]))"
    assert int(await agent.runtime.run(workload, script(text), 10)) <= 3


async def test_rights_are_gone_for_good(agent: Agent, make: Maker, script: Script) -> None:
    workload = make()
    await agent.runtime.prepare(workload, (), 1)
    text = "print(open('/proc/self/status').read())"
    lines = (await agent.runtime.run(workload, script(text), 10)).splitlines()
    facts = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    assert facts["NoNewPrivs"] == "1"
    assert int(facts["CapEff"], 16) == int(facts["CapPrm"], 16) == 0
    assert facts["Uid"].split() == [str(workload.uid)] * 4
    assert facts["Groups"] in {"", str(workload.uid)}


async def test_only_home_and_scratch_can_be_written(agent: Agent, make: Maker, script: Script) -> None:
    await needs(agent, "bubblewrap")
    workload = make()
    await agent.runtime.prepare(workload, (), 1)
    text = """
import os
found = []
for path in ("/", "/usr", "/etc", os.environ["RELEASE"], "/tmp", "/dev/shm", os.getcwd()):
    try:
        open(path + "/probe", "w"); found.append(path)
    except OSError:
        pass
print(" ".join(found))
"""
    release = str(workload.readable[0])
    workload = Workload(
        **{name: getattr(workload, name) for name in workload.__dataclass_fields__}
        | {"environment": {"RELEASE": release}}
    )
    found = (await agent.runtime.run(workload, script(text), 10)).split()
    assert found == ["/tmp", "/dev/shm", str(workload.home)]
    assert not Path("/tmp/probe").exists()


async def test_limits_hold_for_many_at_once(agent: Agent, make: Maker) -> None:
    processes = [make() for _ in range(8)]
    await asyncio.gather(*(launch(agent.runtime, one) for one in processes))
    statuses = [await agent.runtime.status(one.launch_id) for one in processes]
    assert {one.state for one in statuses} == {"running"}


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


async def test_a_home_under_var_lib_is_reached(agent: Agent, make: Maker) -> None:
    """Where the state goes when the checkout lies under a private directory such as /root."""
    place = Path(tempfile.mkdtemp(prefix="serai-test-", dir="/var/lib"))
    try:
        place.chmod(0o711)
        workload = replace(make(), home=place / "launches" / "lch_x")
        await agent.runtime.prepare(workload, (), 1)
        assert await agent.runtime.run(workload, ["/bin/sh", "-c", "pwd"], 10) == f"{workload.home}\n"
    finally:
        shutil.rmtree(place, ignore_errors=True)
