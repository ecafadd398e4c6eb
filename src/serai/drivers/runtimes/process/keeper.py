"""All launches of one agent: what is wanted of each, who may still say so, and making it so."""

import asyncio
import collections
import time
from collections.abc import Sequence
from pathlib import Path

import structlog

from serai.drivers.runtimes.process import homes
from serai.drivers.runtimes.process.commands import Commands
from serai.drivers.runtimes.process.logs import BoundedLog
from serai.drivers.runtimes.process.model import Process, ProcessStatus, StaleFence, Unhealthy
from serai.drivers.runtimes.process.spawn import Spawner
from serai.drivers.runtimes.process.store import Store, check_launch_id
from serai.drivers.runtimes.process.supervision import Supervised, Timing
from serai.drivers.runtimes.process.wire import Record
from serai.kit.errors import Invalid

log = structlog.get_logger()


class Keeper:
    """Fulfils the runtime's contract inside the agent; changes of one launch follow each other."""

    def __init__(self, state: Path, spawner: Spawner, store: Store, timing: Timing) -> None:
        self._state = state
        self._logs = state / "logs"
        self._logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._spawner = spawner
        self._store = store
        self._timing = timing
        self._records: dict[str, Record] = {}
        self._supervised: dict[str, Supervised] = {}
        self._locks: dict[str, asyncio.Lock] = collections.defaultdict(asyncio.Lock)
        self._commands = Commands(spawner)

    async def resume(self) -> None:
        """End what the last agent left, then bring every wanted process back."""
        left = await self._spawner.end_leftovers()
        self._records = {record.launch_id: record for record in self._store.load()}
        wanted = [one for one in self._records.values() if one.wanted == "running"]
        await asyncio.gather(*(self._supervise(one.process) for one in wanted if one.process))
        log.info("agent_resumed", launches=len(wanted), leftovers=left)

    async def close(self) -> None:
        """Stop everything at once; what was wanted to run is wanted still."""
        await self._commands.close()
        stops = [one.stop(self._timing.grace) for one in self._supervised.values()]
        await asyncio.gather(*stops)
        if self._spawner.isolation.tree is not None:
            self._spawner.isolation.tree.remove()

    async def prepare(self, process: Process, fence: int) -> None:
        async with self._locks[process.launch_id]:
            homes.check(process.home, self._state)
            record = self._claim(process.launch_id, fence)
            if record.wanted != "running":
                record.process = process
            await self._remember(record)
            uid = process.uid if self._spawner.isolation.is_root else None
            await asyncio.to_thread(homes.make, process.home, uid)

    async def start(self, process: Process, fence: int) -> None:
        launch_id = process.launch_id
        async with self._locks[launch_id]:
            homes.check(process.home, self._state)
            record = self._claim(launch_id, fence)
            if not process.home.is_dir():
                message = f"{launch_id} has no home directory {process.home}: prepare it first."
                raise Invalid(message)
            record.process, record.wanted = process, "running"
            await self._remember(record)
            present = self._supervised.get(launch_id)
            if present is not None:
                state = present.status().state
                if present.process == process and state in {"starting", "running"}:
                    return
                await self._end(launch_id, self._timing.grace)
            await self._supervise(process)

    async def stop(self, launch_id: str, fence: int, grace: float) -> None:
        async with self._locks[launch_id]:
            record = self._claim(launch_id, fence)
            if record.wanted == "running":
                record.wanted = "stopped"
            await self._remember(record)
            await self._end(launch_id, grace)

    async def remove(self, launch_id: str, fence: int) -> None:
        async with self._locks[launch_id]:
            record = self._claim(launch_id, fence)
            await self._remember(record)
            await self._commands.end(launch_id)
            await self._end(launch_id, self._timing.grace)
            if record.process is not None:
                await asyncio.to_thread(homes.delete, record.process.home)
            self._log_of(launch_id).delete()
            record.wanted, record.process, record.removed_at = "stopped", None, time.time()
            await self._remember(record)

    async def wait_healthy(self, launch_id: str, timeout: float) -> ProcessStatus:
        """Raises Unhealthy."""
        supervised = self._supervised.get(check_launch_id(launch_id))
        if supervised is None:
            message = f"{launch_id} was not told to run."
            raise Unhealthy(message)
        try:
            status = await asyncio.wait_for(supervised.settled(), timeout)
        except TimeoutError:
            status = supervised.status()
        if status.state == "running":
            return status
        raise Unhealthy(_why_unhealthy(launch_id, status, timeout))

    async def run(self, process: Process, command: Sequence[str], timeout: float) -> str:
        """Raises CommandFailed."""
        homes.check(process.home, self._state)
        check_launch_id(process.launch_id)
        return await self._commands.run(process, command, timeout)

    async def status(self, launch_id: str) -> ProcessStatus:
        record = self._records.get(check_launch_id(launch_id))
        if record is None or record.removed_at is not None or record.wanted == "prepared":
            return ProcessStatus("absent")
        supervised = self._supervised.get(launch_id)
        if supervised is not None:
            return supervised.status()
        return ProcessStatus("stopped", log_tail=self._log_of(launch_id).tail())

    def launch_ids(self) -> list[str]:
        return [one.launch_id for one in self._records.values() if one.removed_at is None]

    def _claim(self, launch_id: str, fence: int) -> Record:
        """The launch's record, with the fence raised in it. Raises StaleFence."""
        known = self._records.get(check_launch_id(launch_id))
        record = known or Record(launch_id, fence)
        if fence < record.fence:
            message = f"{launch_id} is held by claim {record.fence}; claim {fence} is out of date."
            raise StaleFence(message)
        record.fence = fence
        return record

    async def _remember(self, record: Record) -> None:
        if record.process is not None:
            record.removed_at = None
        self._records[record.launch_id] = record
        await asyncio.to_thread(self._store.write, record)

    async def _supervise(self, process: Process) -> None:
        output = self._log_of(process.launch_id)
        supervised = Supervised(process, self._spawner, output, self._timing)
        self._supervised[process.launch_id] = supervised
        await supervised.start()

    async def _end(self, launch_id: str, grace: float) -> None:
        supervised = self._supervised.get(launch_id)
        if supervised is not None:
            await supervised.stop(grace)
            self._supervised.pop(launch_id, None)

    def _log_of(self, launch_id: str) -> BoundedLog:
        return BoundedLog(self._logs / f"{launch_id}.log")


def _why_unhealthy(launch_id: str, status: ProcessStatus, seconds: float) -> str:
    tail = "\n".join(status.log_tail[-20:]) or "(its log is empty)"
    if status.state == "crashing":
        reason = f"keeps ending, last with exit code {status.exit_code}"
    elif status.state == "stopped":
        reason = "was stopped meanwhile"
    else:
        reason = f"did not answer its health probe within {seconds:g} s"
    return f"{launch_id} {reason}. Its log ends with:\n{tail}"
