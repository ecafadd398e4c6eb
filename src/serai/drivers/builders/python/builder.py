"""The release builder for Python applications."""

import asyncio
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from serai.contracts.builder import BuildFailed, BuildLog, Command, ReleasePlan, TemplatePlan
from serai.contracts.databases import database_values
from serai.drivers.builders.python import directories
from serai.drivers.builders.python.commands import Tool, end_leftovers, run
from serai.drivers.builders.python.interpreters import find_npm, find_python, find_uv
from serai.kit.placeholders import render

_PASSED_ON = re.compile(
    r"PATH|HOME|LANG|LC_\w+|TMPDIR|XDG_\w+|UV_\w+|(?i:npm_config_\w+|(https?|all|no)_proxy)"
    r"|SSL_CERT_\w+|CURL_CA_BUNDLE|REQUESTS_CA_BUNDLE|NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA"
)


class PythonReleaseBuilder:
    """Fulfils `ReleaseBuilder`. A release is a directory with `venv/`, `npm/node_modules/`, the
    plan's files and what its build commands made; `.complete` says that it is whole.

    `python`: the interpreter to build on; found when not given."""

    def __init__(self, python: Path | None = None) -> None:
        self._python = python

    async def install(self, plan: ReleasePlan, target: Path, log: BuildLog) -> None:
        if await asyncio.to_thread(directories.is_complete, target, plan.version):
            await log.line(f"Release {plan.version} is built already.")
            await log.progress(1)
            return
        await self.remove(target)
        await asyncio.to_thread(target.mkdir, parents=True, mode=0o755)
        try:
            await self._fill(plan, target, log)
            await asyncio.to_thread(directories.seal, target, plan.version)
        except OSError as error:
            raise BuildFailed(_disk_message(error)) from error
        await log.progress(1)

    async def initialise(self, plan: TemplatePlan, release: Path, database_url: str, log: BuildLog) -> None:
        with tempfile.TemporaryDirectory(prefix="serai-template-") as scratch:
            home = Path(scratch)
            values = _build_values(release) | database_values(database_url)
            values |= {"home": scratch, "secret": secrets.token_hex(32)}
            for file in plan.files:
                place = home / file.target
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(render(file.content, values))
                place.chmod(file.mode)
            environment = _application_environment(release, home)
            for name, value in plan.environment.items():
                environment[name] = render(value, values)
            for index, command in enumerate(plan.commands):
                await log.progress(index / len(plan.commands))
                tool = _tool(command, values, home, environment)
                await run(tool, log, home / ".children")
        await log.progress(1)

    async def remove(self, target: Path) -> None:
        await end_leftovers(target / ".children")
        await asyncio.to_thread(directories.delete, target)

    async def _fill(self, plan: ReleasePlan, target: Path, log: BuildLog) -> None:
        await self._make_environment(target, log)
        await log.progress(0.05)
        if plan.requirements:
            await _install_requirements(plan.source / plan.requirements, target, log)
        await log.progress(0.5)
        if plan.npm:
            await _install_npm(plan.source / plan.npm, target, log)
        await log.progress(0.8)
        await asyncio.to_thread(directories.copy_files, plan, target)
        environment = _application_environment(target, target)
        for index, command in enumerate(plan.build):
            tool = _tool(command, _build_values(target), target, environment)
            await run(tool, log, target / ".children")
            await log.progress(0.8 + 0.15 * (index + 1) / len(plan.build))

    async def _make_environment(self, target: Path, log: BuildLog) -> None:
        python = self._python or await find_python()
        command = [str(find_uv()), "venv", "--no-project", "--no-config", "--python", str(python)]
        tool = Tool(
            title=f"uv venv --python {python}",
            command=[*command, str(target / "venv")],
            directory=target,
            environment=_tool_environment(),
        )
        await run(tool, log, target / ".children")


async def _install_requirements(lock: Path, target: Path, log: BuildLog) -> None:
    uv = [str(find_uv()), "pip", "install", "--no-config", "--no-progress", "--color", "never"]
    options = ["--require-hashes", "--no-deps", "--link-mode", "copy", "--compile-bytecode"]
    tool = Tool(
        title=f"uv pip install --require-hashes -r {lock.name}",
        command=[*uv, *options, "--python", str(target / "venv/bin/python"), "-r", str(lock)],
        directory=target,
        environment=_tool_environment(),
    )
    await run(tool, log, target / ".children")


async def _install_npm(source: Path, target: Path, log: BuildLog) -> None:
    directory = target / "npm"
    directory.mkdir()
    for name in ("package.json", "package-lock.json"):
        (directory / name).write_bytes((source / name).read_bytes())
    node, npm = find_npm()
    options = ["--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--no-progress"]
    environment = _tool_environment() | {"NODE_USE_SYSTEM_CA": "1"}
    environment["PATH"] = f"{node.parent}:{environment.get('PATH', os.defpath)}"
    tool = Tool(
        title="npm ci --ignore-scripts --omit=dev",
        command=[str(node), str(npm), "ci", *options, "--loglevel=error"],
        directory=directory,
        environment=environment,
    )
    await run(tool, log, target / ".children")


def _build_values(release: Path) -> dict[str, str]:
    return {"release": str(release), "python": str(release / "venv/bin/python")}


def _tool(
    command: Command, values: Mapping[str, str], directory: Path, environment: Mapping[str, str]
) -> Tool:
    shown = " ".join(Path(word).name if word.startswith("${") else word for word in command)
    words = [render(word, values) for word in command]
    return Tool(title=shown, command=words, directory=directory, environment=environment)


def _tool_environment() -> dict[str, str]:
    """What tools need of ours: the network's and registries' settings, none of our secrets."""
    return {key: value for key, value in os.environ.items() if _PASSED_ON.fullmatch(key)}


def _application_environment(release: Path, home: Path) -> dict[str, str]:
    return {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": f"{release / 'venv/bin'}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONUNBUFFERED": "1",
    }


def _disk_message(error: OSError) -> str:
    what = error.strerror or str(error)
    return f"The release cannot be written: {what} ({error.filename or 'unknown file'}). Check the disk, then retry."
