"""One-off commands beside a launch, confined as it is."""

import asyncio
import collections
import contextlib
from collections.abc import Callable, Sequence

from serai.contracts.runtime import CommandFailed, Workload
from serai.drivers.runtimes.process.spawn import Running, Spawner

_MOST_OUTPUT = 1 << 20
_TAIL_LINES = 40


class Commands:
    """Commands of one launch follow each other: a worker that took over never runs beside the
    command of the one before."""

    def __init__(self, spawner: Spawner) -> None:
        self._spawner = spawner
        self._locks: dict[str, asyncio.Lock] = collections.defaultdict(asyncio.Lock)
        self._running: dict[str, Running] = {}

    async def run(self, workload: Workload, command: Sequence[str], timeout: float) -> str:
        """Its output, the last MiB of it. Ended when the caller goes away. Raises CommandFailed."""
        output = bytearray()

        def keep(data: bytes) -> None:
            output.extend(data)
            del output[:-_MOST_OUTPUT]

        async with self._locks[workload.launch_id]:
            code = await self._finished(workload, command, timeout, keep)
        text = output.decode(errors="replace")
        if code == 0:
            return text
        reason = f"took longer than {timeout:g} s" if code is None else f"ended with {code}"
        tail = "\n".join(text.splitlines()[-_TAIL_LINES:]) or "(it printed nothing)"
        message = f"{command[0]} {reason}. Its output ends with:\n{tail}"
        raise CommandFailed(message)

    async def end(self, launch_id: str) -> None:
        running = self._running.get(launch_id)
        if running is not None:
            await running.end(0)

    async def close(self) -> None:
        await asyncio.gather(*(running.end(0) for running in list(self._running.values())))

    async def _finished(
        self,
        workload: Workload,
        command: Sequence[str],
        timeout: float,
        sink: Callable[[bytes], None],
    ) -> int | None:
        """The exit code, None after a timeout."""
        name = f"{workload.launch_id}.run"
        try:
            running = await self._spawner.spawn(name, workload, command, sink)
        except OSError as error:
            message = f"{command[0]} could not be started: {error}"
            raise CommandFailed(message) from error
        self._running[workload.launch_id] = running
        try:
            return await asyncio.wait_for(running.exited(), timeout)
        except TimeoutError:
            return None
        finally:
            ending = asyncio.ensure_future(running.finish())
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(ending)
            self._running.pop(workload.launch_id, None)
            self._spawner.forget(name)
