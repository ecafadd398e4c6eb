"""All launches of one agent: what is wanted of each, who may still say so, and making it so."""

import asyncio
import collections
import time
from collections.abc import Sequence
from pathlib import Path

import structlog

from serai.contracts.fencing import StaleFence
from serai.contracts.files import TextFile
from serai.contracts.runtime import Unhealthy, Workload, WorkloadStatus
from serai.drivers.runtimes.process import files, homes, ports
from serai.drivers.runtimes.process.commands import Commands
from serai.drivers.runtimes.process.logs import BoundedLog
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
        await asyncio.gather(*(self._supervise(one.workload) for one in wanted if one.workload))
        log.info("agent_resumed", launches=len(wanted), leftovers=left)

    async def close(self) -> None:
        """Stop everything at once; what was wanted to run is wanted still."""
        await self._commands.close()
        stops = [one.stop(self._timing.grace) for one in self._supervised.values()]
        await asyncio.gather(*stops)
        if self._spawner.isolation.tree is not None:
            self._spawner.isolation.tree.remove()

    async def prepare(self, workload: Workload, given: Sequence[TextFile], fence: int) -> None:
        """Raises PortInUse, Denied for a file that leads out of the home."""
        async with self._locks[workload.launch_id]:
            homes.check(workload.home, self._state)
            record = self._claim(workload.launch_id, fence)
            if record.wanted != "running":
                ports.refuse_taken(workload)
                record.workload = workload
            await self._remember(record)
            uid = workload.uid if self._spawner.isolation.is_root else None
            await asyncio.to_thread(homes.make, workload.home, uid)
            await asyncio.to_thread(files.write_all, workload.home, given, uid)

    async def start(self, workload: Workload, fence: int) -> None:
        launch_id = workload.launch_id
        async with self._locks[launch_id]:
            homes.check(workload.home, self._state)
            record = self._claim(launch_id, fence)
            if not workload.home.is_dir():
                message = f"{launch_id} has no home directory {workload.home}: prepare it first."
                raise Invalid(message)
            record.workload, record.wanted = workload, "running"
            await self._remember(record)
            present = self._supervised.get(launch_id)
            if present is not None:
                state = present.status().state
                if present.workload == workload and state in {"starting", "running"}:
                    return
                await self._end(launch_id, self._timing.grace)
            await self._supervise(workload)

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
            if record.workload is not None:
                await asyncio.to_thread(homes.delete, record.workload.home)
            self._log_of(launch_id).delete()
            record.wanted, record.workload, record.removed_at = "stopped", None, time.time()
            await self._remember(record)

    async def wait_healthy(self, launch_id: str, timeout: float) -> WorkloadStatus:
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

    async def run(self, workload: Workload, command: Sequence[str], timeout: float) -> str:
        """Raises CommandFailed."""
        homes.check(workload.home, self._state)
        check_launch_id(workload.launch_id)
        return await self._commands.run(workload, command, timeout)

    async def status(self, launch_id: str) -> WorkloadStatus:
        record = self._records.get(check_launch_id(launch_id))
        if record is None or record.removed_at is not None or record.wanted == "prepared":
            return WorkloadStatus("absent")
        supervised = self._supervised.get(launch_id)
        if supervised is not None:
            return supervised.status()
        return WorkloadStatus("stopped", log_tail=self._log_of(launch_id).tail())

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
        if record.workload is not None:
            record.removed_at = None
        self._records[record.launch_id] = record
        await asyncio.to_thread(self._store.write, record)

    async def _supervise(self, workload: Workload) -> None:
        output = self._log_of(workload.launch_id)
        supervised = Supervised(workload, self._spawner, output, self._timing)
        self._supervised[workload.launch_id] = supervised
        await supervised.start()

    async def _end(self, launch_id: str, grace: float) -> None:
        supervised = self._supervised.get(launch_id)
        if supervised is not None:
            await supervised.stop(grace)
            self._supervised.pop(launch_id, None)

    def _log_of(self, launch_id: str) -> BoundedLog:
        return BoundedLog(self._logs / f"{launch_id}.log")


def _why_unhealthy(launch_id: str, status: WorkloadStatus, seconds: float) -> str:
    tail = "\n".join(status.log_tail[-20:]) or "(its log is empty)"
    if status.state == "crashing":
        reason = f"keeps ending, last with exit code {status.exit_code}"
    elif status.state == "stopped":
        reason = "was stopped meanwhile"
    else:
        reason = f"did not answer its health probe within {seconds:g} s"
    return f"{launch_id} {reason}. Its log ends with:\n{tail}"
