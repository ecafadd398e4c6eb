"""Releases are built for real: complete, readable by every user, and gone after a failure."""

import asyncio
import os
import time
from pathlib import Path

import msgspec
import pytest

from serai.contracts.builder import BuildFailed
from serai.drivers.builders.python import PythonReleaseBuilder
from serai.modules.catalog.blueprint import Blueprint, load
from serai.modules.launches.rendering import release_plan, template_plan

HELLO = Path(__file__).parents[2] / "examples/hello"


class Log:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.fractions: list[float] = []

    async def line(self, text: str) -> None:
        self.lines.append(text)

    async def progress(self, fraction: float) -> None:
        self.fractions.append(fraction)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def builder() -> PythonReleaseBuilder:
    return PythonReleaseBuilder()


@pytest.fixture
def hello() -> Blueprint:
    return load(HELLO)


def changed(blueprint: Blueprint, **changes: object) -> Blueprint:
    release = msgspec.structs.replace(blueprint.release, **changes)
    return msgspec.structs.replace(blueprint, release=release)


async def test_release_is_complete_and_readable_by_all(
    builder: PythonReleaseBuilder, hello: Blueprint, log: Log, tmp_path: Path
) -> None:
    target = tmp_path / "release"
    await builder.install(release_plan(hello), target, log)
    assert (target / ".complete").read_text().strip() == hello.version
    assert (target / "server.py").stat().st_mode & 0o777 == 0o444
    assert target.stat().st_mode & 0o777 == 0o555
    assert (target / "venv/bin/python").exists()
    assert log.fractions == sorted(log.fractions)
    assert log.fractions[-1] == 1
    await builder.remove(target)
    await builder.remove(target)
    assert not target.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
async def test_another_user_can_run_the_release(
    builder: PythonReleaseBuilder, hello: Blueprint, log: Log
) -> None:
    target = Path(f"/tmp/serai-release-{os.getpid()}")
    try:
        await builder.install(release_plan(hello), target, log)
        python = target / "venv/bin/python"
        process = await asyncio.create_subprocess_exec(python, "-Ic", "import ssl", user=65534)
        assert await process.wait() == 0
    finally:
        await builder.remove(target)


async def test_finished_release_is_not_built_again(
    builder: PythonReleaseBuilder, hello: Blueprint, log: Log, tmp_path: Path
) -> None:
    await builder.install(release_plan(hello), tmp_path / "release", log)
    before = (tmp_path / "release/.complete").stat().st_mtime_ns
    await builder.install(release_plan(hello), tmp_path / "release", log)
    assert (tmp_path / "release/.complete").stat().st_mtime_ns == before


async def test_half_built_release_is_begun_anew(
    builder: PythonReleaseBuilder, hello: Blueprint, log: Log, tmp_path: Path
) -> None:
    target = tmp_path / "release"
    target.mkdir()
    (target / "left-over").touch()
    await builder.install(release_plan(hello), target, log)
    assert not (target / "left-over").exists()


async def test_failing_build_command_shows_its_output(
    builder: PythonReleaseBuilder, hello: Blueprint, log: Log, tmp_path: Path
) -> None:
    script = "print('what went wrong'); raise SystemExit(3)"
    blueprint = changed(hello, build=(("${python}", "-c", script),))
    with pytest.raises(BuildFailed) as caught:
        await builder.install(release_plan(blueprint), tmp_path / "release", log)
    assert "exit code 3" in caught.value.message
    assert caught.value.message.endswith("what went wrong")
    assert "what went wrong" in log.lines
    await builder.install(release_plan(hello), tmp_path / "release", log)


async def test_missing_program_is_named(
    builder: PythonReleaseBuilder, hello: Blueprint, log: Log, tmp_path: Path
) -> None:
    blueprint = changed(hello, build=(("${release}/no-such-program",),))
    with pytest.raises(BuildFailed, match="cannot be started: No such file"):
        await builder.install(release_plan(blueprint), tmp_path / "release", log)


async def test_silent_registry_is_explained(
    builder: PythonReleaseBuilder,
    hello: Blueprint,
    log: Log,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    (tmp_path / "requirements.lock").write_text(f"serai-no-such==1 --hash=sha256:{'0' * 64}\n")
    blueprint = msgspec.structs.replace(hello, directory=str(tmp_path))
    blueprint = changed(blueprint, requirements="requirements.lock", files=())
    with pytest.raises(BuildFailed, match="registry does not answer"):
        await builder.install(release_plan(blueprint), tmp_path / "release", log)


async def test_requirements_without_hashes_are_refused(
    builder: PythonReleaseBuilder, hello: Blueprint, log: Log, tmp_path: Path
) -> None:
    (tmp_path / "requirements.lock").write_text("waitress==3.0.2\n")
    blueprint = msgspec.structs.replace(hello, directory=str(tmp_path))
    blueprint = changed(blueprint, requirements="requirements.lock", files=())
    with pytest.raises(BuildFailed, match="lock file"):
        await builder.install(release_plan(blueprint), tmp_path / "release", log)


async def test_secrets_of_the_platform_stay_out_of_the_build(
    builder: PythonReleaseBuilder,
    hello: Blueprint,
    log: Log,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SERAI_SECRET_KEY", "do-not-tell")
    blueprint = changed(hello, build=(("${python}", "-c", "import os; print(*os.environ)"),))
    await builder.install(release_plan(blueprint), tmp_path / "release", log)
    assert not any("SERAI_" in line for line in log.lines)


async def test_cancelling_ends_the_build_and_its_children(
    builder: PythonReleaseBuilder, hello: Blueprint, log: Log, tmp_path: Path
) -> None:
    script = (
        "import subprocess; p = subprocess.Popen(['sleep', '60']); print('pid', p.pid, flush=True); p.wait()"
    )
    blueprint = changed(hello, build=(("${python}", "-c", script),))
    task = asyncio.create_task(builder.install(release_plan(blueprint), tmp_path / "release", log))
    pid = await _announced(log)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await _ended(pid)


async def test_children_of_a_killed_builder_are_ended(
    builder: PythonReleaseBuilder, hello: Blueprint, log: Log, tmp_path: Path
) -> None:
    script = "import os, time; print('pid', os.getpid(), flush=True); time.sleep(60)"
    blueprint = changed(hello, build=(("${python}", "-c", script),))
    task = asyncio.create_task(builder.install(release_plan(blueprint), tmp_path / "release", log))
    pid = await _announced(log)
    await builder.install(release_plan(hello), tmp_path / "release", Log())
    assert await _ended(pid)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_template_commands_get_the_database_and_a_scratch_home(
    builder: PythonReleaseBuilder, hello: Blueprint, log: Log, tmp_path: Path
) -> None:
    await builder.install(release_plan(hello), tmp_path / "release", log)
    script = "import os; print(os.environ['DB'], os.getcwd() == os.environ['HOME'])"
    database = msgspec.structs.replace(
        hello.database,
        engine="postgresql",
        initialise=(("${python}", "-c", script),),
        environment={"DB": "${database.name}@${database.host}:${database.port}"},
    )
    blueprint = msgspec.structs.replace(hello, database=database)
    url = "postgresql://me:p%40ss@/tpl?host=/run/pg&port=5433"
    await builder.initialise(template_plan(blueprint), tmp_path / "release", url, log)
    assert "tpl@/run/pg:5433 True" in log.lines
    assert not any("p@ss" in line for line in log.lines)


async def _announced(log: Log) -> int:
    async with asyncio.timeout(20):
        while True:
            for line in log.lines:
                if line.startswith("pid "):
                    return int(line.split()[1])
            await asyncio.sleep(0.02)


async def _ended(pid: int) -> bool:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        state = await asyncio.create_subprocess_exec(
            "ps", "-o", "stat=", "-p", str(pid), stdout=asyncio.subprocess.PIPE
        )
        output, _ = await state.communicate()
        if not output.strip() or output.strip().startswith(b"Z"):
            return True
        await asyncio.sleep(0.05)
    return False
