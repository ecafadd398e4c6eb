"""Processes that `serai up` keeps running, and ends."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

log = structlog.get_logger()

_LONGEST_PAUSE = 10.0
_LARGEST_LOG = 20 * 1024**2
_PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class Child:
    """A process that is started again whenever it ends, until it is stopped."""

    name: str
    command: Sequence[str]
    log_file: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    grace: float = 12.0
    on_restart: Callable[[], object] | None = None
    process: asyncio.subprocess.Process | None = None
    _task: asyncio.Task[None] | None = None
    _stopping: bool = False

    async def start(self) -> None:
        await self._spawn()
        self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        self._stopping = True
        if self._task is not None:
            self._task.cancel()
        if self.process is None or self.process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), self.grace)
        except TimeoutError:
            with suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()

    def tail(self, lines: int = 5) -> str:
        text = self.log_file.read_text(errors="replace") if self.log_file.exists() else ""
        return "\n".join(text.strip().splitlines()[-lines:])

    async def _spawn(self) -> None:
        if self.log_file.exists() and self.log_file.stat().st_size > _LARGEST_LOG:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        with self.log_file.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **self.environment},
                start_new_session=True,  # Ctrl-C is for `serai up`, which ends the others in order
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )

    async def _keep(self) -> None:
        pause = 0.1
        while not self._stopping:
            assert self.process is not None
            began = asyncio.get_running_loop().time()
            code = await self.process.wait()
            if self._stopping:
                return
            if asyncio.get_running_loop().time() - began > 30:
                pause = 0.1
            log.warning("a part of the platform ended and is started again", part=self.name, code=code)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            try:
                await self._spawn()
            except OSError as error:  # a full disk, no more processes
                log.warning("a part of the platform cannot be started", part=self.name, error=str(error))
                continue
            if self.on_restart is not None:
                self.on_restart()


def _die_with_parent() -> None:
    """Even a `serai up` that is killed leaves nothing running."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
