"""Runs a build's tools: output streamed line by line, the whole process group ended with us."""

import asyncio
import json
import os
import signal
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from serai.contracts.builder import BuildFailed, BuildLog
from serai.drivers.builders.python.advice import advice

TAIL = 40
_LONGEST_LINE = 4_000
_NOTE = ".children"


@dataclass(frozen=True, slots=True)
class Tool:
    """One command: `title` is what people read, `directory` where it runs and is noted."""

    title: str
    command: Sequence[str]
    directory: Path
    environment: Mapping[str, str]
    timeout: float = 1800


async def run(tool: Tool, log: BuildLog, note: Path) -> None:
    """Run it to its end. Raises `BuildFailed` when it fails; cancelling ends all it started."""
    await log.line(f"$ {tool.title}")
    try:
        process = await asyncio.create_subprocess_exec(
            *tool.command,
            cwd=tool.directory,
            env=dict(tool.environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            limit=2**20,
        )
    except OSError as error:
        message = f"{tool.title}: cannot be started: {error.strerror} ({tool.command[0]})."
        raise BuildFailed(message) from error
    tail: deque[str] = deque(maxlen=TAIL)
    try:
        await _remember(note, process.pid)
        async with asyncio.timeout(tool.timeout):
            await _stream(process, log, tail)
            code = await process.wait()
    except TimeoutError:
        message = f"{tool.title}: took longer than {tool.timeout:.0f} seconds and was ended."
        raise BuildFailed(_with_tail(message, tail)) from None
    finally:
        _kill_group(process.pid)
        await process.wait()
        note.unlink(missing_ok=True)
    if code:
        message = f"{tool.title}: failed with exit code {code}. {advice(tail)}"
        raise BuildFailed(_with_tail(message, tail))


async def end_leftovers(note: Path) -> None:
    """End the processes that a killed builder left running, as far as they are surely its."""
    try:
        left = json.loads(note.read_text())
    except (OSError, ValueError):
        return
    if await _started(left["pid"]) == left["started"] is not None:
        _kill_group(left["pid"])
    note.unlink(missing_ok=True)


async def _stream(process: asyncio.subprocess.Process, log: BuildLog, tail: deque[str]) -> None:
    if process.stdout is None:
        return
    while True:
        try:
            raw = await process.stdout.readline()
        except ValueError:
            continue
        if not raw:
            return
        line = raw.decode(errors="replace").rsplit("\r", 1)[-1].rstrip()[:_LONGEST_LINE]
        if line:
            tail.append(line)
            await log.line(line)


async def _remember(note: Path, pid: int) -> None:
    started = await _started(pid)
    if started is not None:
        note.write_text(json.dumps({"pid": pid, "started": started}))


async def _started(pid: int) -> str | None:
    """When the process began, which tells it from a later one with the same number."""
    process = await asyncio.create_subprocess_exec(
        "ps",
        "-o",
        "lstart=",
        "-p",
        str(pid),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    output, _ = await process.communicate()
    return output.decode().strip() or None


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _with_tail(message: str, tail: Sequence[str]) -> str:
    return "\n".join([message.strip(), *tail])
