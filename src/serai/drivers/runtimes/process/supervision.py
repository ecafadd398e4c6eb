"""Keeping one launch running: start, probe, back-off, restart, until told to stop."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any, Literal

import structlog

from serai.contracts.runtime import Workload, WorkloadStatus
from serai.drivers.runtimes.process.health import answers
from serai.drivers.runtimes.process.logs import BoundedLog
from serai.drivers.runtimes.process.spawn import Running, Spawner

log = structlog.get_logger()

_NOT_STARTED = 127


@dataclass(frozen=True, slots=True)
class Timing:
    """All in seconds, except the counts."""

    first_retry: float = 0.2
    longest_retry: float = 30
    calm: float = 60
    starting_probe: float = 0.025
    running_probe: float = 10
    probe_timeout: float = 5
    failures: int = 3
    crashes: int = 2
    grace: float = 10


class Supervised:
    """`process` is run again whenever it ends or falls ill. `stop` ends that for good."""

    def __init__(self, workload: Workload, spawner: Spawner, output: BoundedLog, timing: Timing) -> None:
        self.workload = workload
        self._spawner = spawner
        self._output = output
        self._timing = timing
        self._running: Running | None = None
        self._state: Literal["starting", "running", "crashing", "stopped"] = "starting"
        self._restarts = 0
        self._exit_code: int | None = None
        self._deaths = 0
        self._retry_at = 0.0
        self._spawned_at = 0.0
        self._healthy_since: float | None = None
        self._healthy_after: float | None = None
        self._grace: float | None = None
        self._stopping = asyncio.Event()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns once the first attempt to start it has been made."""
        await self._spawn()
        self._task = asyncio.create_task(self._supervise())

    async def stop(self, grace: float) -> None:
        self._grace = grace
        self._stopping.set()
        if self._task is not None:
            await asyncio.shield(self._task)

    async def settled(self) -> WorkloadStatus:
        """Wait until it is running, crashing or stopped; the caller bounds the time."""
        while self._state == "starting":
            await self._changed.wait()
        return self.status()

    def status(self) -> WorkloadStatus:
        now = asyncio.get_running_loop().time()
        running, isolation = self._running, self._spawner.isolation
        return WorkloadStatus(
            state=self._state,
            pid=running.pid if running else None,
            restarts=self._restarts,
            exit_code=self._exit_code,
            retry_in=0 if running else max(0.0, self._retry_at - now),
            memory=running.memory if running else None,
            isolation=tuple(isolation.names(own_uid=self.workload.uid is not None)),
            healthy_after=self._healthy_after,
            log_tail=self._output.tail(),
        )

    async def _supervise(self) -> None:
        while True:
            if self._running is not None:
                await self._watch(self._running)
            if self._stopping.is_set():
                self._move("stopped")
                return
            await self._back_off()
            if not self._stopping.is_set():
                self._restarts += 1
                await self._spawn()

    async def _spawn(self) -> None:
        self._healthy_since = None
        self._spawned_at = asyncio.get_running_loop().time()
        try:
            self._running = await self._spawner.spawn(
                self.workload.launch_id, self.workload, self.workload.command, self._output.write
            )
        except OSError as error:
            self._output.note(f"could not be started: {error}")
            self._exit_code = _NOT_STARTED

    async def _watch(self, running: Running) -> None:
        """Until it is told to stop, ends, or is ill; then make sure all of it is gone."""
        exited = asyncio.create_task(running.exited())
        ill = asyncio.create_task(self._probe())
        told = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({exited, ill, told}, return_when=asyncio.FIRST_COMPLETED)
        if exited.done():
            code = await running.finish()
        else:
            code = await running.end(self._timing.grace if self._grace is None else self._grace)
        for task in (exited, ill, told):
            await _cancelled(task)
        self._running = None
        self._exit_code = code
        self._spawner.forget(self.workload.launch_id)
        self._output.note(f"ended with exit code {code}")

    async def _probe(self) -> None:
        """Returns when it was healthy once and has failed too often in a row since."""
        health, port, timing = self.workload.health, self.workload.port, self._timing
        while not await answers(health, port, timing.probe_timeout):
            await asyncio.sleep(timing.starting_probe)
        self._healthy_since = asyncio.get_running_loop().time()
        self._healthy_after = self._healthy_since - self._spawned_at
        self._move("running")
        failures = 0
        while failures < timing.failures:
            await asyncio.sleep(timing.running_probe)
            well = await answers(health, port, timing.probe_timeout)
            failures = 0 if well else failures + 1
        self._output.note(f"did not answer {failures} health probes in a row: restarted")
        log.warning("launch_ill", launch=self.workload.launch_id, failures=failures)

    async def _back_off(self) -> None:
        loop, timing = asyncio.get_running_loop(), self._timing
        if self._healthy_since is not None and loop.time() - self._healthy_since >= timing.calm:
            self._deaths = 0
        self._deaths += 1
        delay = min(timing.longest_retry, timing.first_retry * 2 ** (self._deaths - 1))
        self._retry_at = loop.time() + delay
        hopeless = self._deaths >= timing.crashes or self._exit_code == _NOT_STARTED
        self._move("crashing" if hopeless else "starting")
        log.warning("launch_died", launch=self.workload.launch_id, exit_code=self._exit_code, retry_in=delay)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), delay)

    def _move(self, state: Literal["starting", "running", "crashing", "stopped"]) -> None:
        self._state = state
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


async def _cancelled(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
