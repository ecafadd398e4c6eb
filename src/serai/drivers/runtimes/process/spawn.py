"""Starting one confined process, and ending it with its whole family."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from serai.contracts.runtime import Workload
from serai.drivers.runtimes.process import proc
from serai.drivers.runtimes.process.cgroups import Group
from serai.drivers.runtimes.process.isolation import Isolation
from serai.drivers.runtimes.process.store import Store
from serai.drivers.runtimes.process.wire import Spawned

_SIGNAL_EXIT = 128
_OUTPUT_SECONDS = 1.0


class Running:
    """A started process. `exit_code` is as a shell tells it: 128 + n when signal n ended it."""

    def __init__(
        self,
        handle: asyncio.subprocess.Process,
        group: Group | None,
        output: "_Output",
        *,
        sandboxed: bool,
    ) -> None:
        self._handle = handle
        self._group = group
        self._output = output
        self._sandboxed = sandboxed
        self._exit = asyncio.ensure_future(handle.wait())

    @property
    def pid(self) -> int | None:
        """The program's own process; for some milliseconds after the start there may be none."""
        outer = self._handle.pid
        if not self._sandboxed:
            return outer
        inner = [pid for init in proc.children(outer) for pid in proc.children(init)]
        return inner[0] if inner else None

    @property
    def memory(self) -> int | None:
        """Bytes used by the whole family, None where it cannot be told."""
        if self._group is not None and (used := self._group.memory()) is not None:
            return used
        sizes = [proc.resident(pid) for pid in proc.family(self._handle.pid)]
        known = [size for size in sizes if size is not None]
        return sum(known) if known else None

    async def exited(self) -> int:
        """Wait for the end, however it comes; may be cancelled and asked again."""
        code = await asyncio.shield(self._exit)
        return _SIGNAL_EXIT - code if code < 0 else code

    async def end(self, grace: float) -> int:
        """TERM, then KILL after `grace` seconds; returns the exit code once all of it is gone."""
        if not self._exit.done():
            self._terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.exited(), grace)
        return await self.finish()

    async def finish(self) -> int:
        """Kill whatever of the family is left, collect its last output, give back its group."""
        if not self._exit.done():
            self._handle.kill()
        proc.kill_group(self._handle.pid)
        if self._group is not None:
            await asyncio.to_thread(self._group.kill)
        code = await self.exited()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._output.ended.wait(), _OUTPUT_SECONDS)
        self._output.close()
        if self._group is not None:
            self._group.remove()
        return code

    def _terminate(self) -> None:
        pid = self.pid
        if pid is None:
            self._handle.kill()
        else:
            proc.kill(pid, signal.SIGTERM)


class Spawner:
    """Starts processes with the isolation of this machine and remembers them for the next agent.

    It must run in the main thread: the parent-death signal is tied to the thread that forks.
    """

    def __init__(self, isolation: Isolation, store: Store) -> None:
        self.isolation = isolation
        self._store = store

    async def spawn(
        self, name: str, workload: Workload, command: Sequence[str], sink: Callable[[bytes], None]
    ) -> Running:
        """Start `command` as `process` would run; what it prints goes to `sink`. Raises OSError."""
        group = self.isolation.group(name)
        if group is not None:
            group.create(workload.limits)
        line = self.isolation.command_line(workload, command, group)
        output, write_end = await _Output.open(sink)
        try:
            handle = await asyncio.create_subprocess_exec(
                *line,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write_end,
                stderr=write_end,
                env=_environment(workload),
                cwd="/",
                umask=0o022,  # bubblewrap makes the parents of its mount points with it
                start_new_session=True,
            )
        except BaseException:  # also when the caller goes away: asyncio then kills what it started
            output.close()
            raise
        finally:
            os.close(write_end)
        groups = [str(directory) for directory in group.directories] if group is not None else []
        try:
            self._store.note_spawned(name, Spawned(handle.pid, proc.started(handle.pid) or "", groups))
        except OSError:  # a full disk: what the next agent could not find must not run
            handle.kill()
            await handle.wait()
            output.close()
            raise
        return Running(handle, group, output, sandboxed=self.isolation.bwrap is not None)

    def forget(self, name: str) -> None:
        self._store.forget_spawned(name)

    async def end_leftovers(self) -> int:
        """End what an earlier agent started and could not end; returns how many there were."""
        left = [one for one in self._store.load_spawned() if proc.started(one.pid) == one.started]
        for one in left:
            for pid in reversed(proc.family(one.pid)):
                proc.kill(pid)
            proc.kill_group(one.pid)
            await asyncio.to_thread(Group(0, [Path(path) for path in one.cgroups]).kill)
        if self.isolation.tree is not None:
            await asyncio.to_thread(self.isolation.tree.sweep)
        while any(proc.started(one.pid) == one.started for one in left):
            await asyncio.sleep(0.01)
        self._store.forget_all_spawned()
        return len(left)


class _Output(asyncio.Protocol):
    """Reads a pipe until every writer is gone."""

    def __init__(self, sink: Callable[[bytes], None]) -> None:
        self._sink = sink
        self._transport: asyncio.BaseTransport | None = None
        self.ended = asyncio.Event()

    @classmethod
    async def open(cls, sink: Callable[[bytes], None]) -> tuple["_Output", int]:
        """Also returns the descriptor to write to; the caller closes it."""
        read_end, write_end = os.pipe()
        protocol = cls(sink)
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: protocol, os.fdopen(read_end, "rb", buffering=0))
        return protocol, write_end

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._sink(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _environment(workload: Workload) -> dict[str, str]:
    """Only what the launch was given, and the few names without which little runs."""
    basics = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(workload.home),
        "LANG": "C.UTF-8",
    }
    return basics | dict(workload.environment)
