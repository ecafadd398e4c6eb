"""A worker that was only paused, a database that crashes, and many launches at once."""

import asyncio
import signal
from contextlib import suppress

import psutil
import psycopg
import pytest

from serai.kit.actor import SYSTEM
from serai.kit.errors import Unavailable
from serai.modules import operations
from serai.modules.operations import queries
from tests.crash.evidence import Evidence, leftovers, living, wait_for_end
from tests.crash.platform import PLAIN, Ground, Workers
from tests.support import eventually

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.slow,
    pytest.mark.timeout(3600),  # against hanging; progress decides
]


async def snapshot(base: Ground, operation_id: str) -> operations.OperationSnapshot:
    async with base.platform.database.transaction() as session:
        return await operations.snapshot(session, SYSTEM, operation_id)


async def test_a_paused_worker_that_wakes_after_a_takeover_records_nothing(base: Ground) -> None:
    async with Workers(base, 1, PLAIN) as sleepers:
        # The failing product waits a second for its health: time enough to be put to sleep.
        launch_id, operation_id = await base.order("failing", "sleepy")

        async def waits_for_health() -> bool:
            steps = (await snapshot(base, operation_id)).steps
            return any(s.name == "wait_until_healthy" and s.state == "running" for s in steps)

        await eventually(waits_for_health, 60, every=0.01)
        sleeper = sleepers.processes[0]
        sleeper.send_signal(signal.SIGSTOP)
        async with Workers(base, 1, PLAIN):
            ended = await wait_for_end(base, [operation_id])
        assert ended is not None
        before = await snapshot(base, operation_id)
        assert before.state == "failed"
        sleeper.send_signal(signal.SIGCONT)
        await eventually(lambda: _has_ended(sleeper), 20)
        assert sleeper.returncode == 75, "a worker that lost its claim ends at once"
        assert await snapshot(base, operation_id) == before
        assert await leftovers(base, {launch_id}) == []


async def test_a_fence_is_not_given_again_after_a_crash_of_the_database(base: Ground) -> None:
    """Two claims of one number are told apart by nobody."""
    async with await psycopg.AsyncConnection.connect(base.server.url(), autocommit=True) as admin:
        await admin.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")  # nothing is written but by commits
        await admin.execute("SELECT pg_reload_conf()")
        _, operation_id = await base.order("light", "fenced")
        await admin.execute("CHECKPOINT")  # the sequence notes the next number, not one from before
    first = await _claim(base, operation_id)
    await base.server.stop(signal.SIGQUIT)
    await base.server.start()
    await base.platform.database.engine.dispose()  # connections from before the crash
    assert await _claim(base, operation_id) > first


async def test_launches_survive_a_crash_of_the_database(base: Ground) -> None:
    names = [f"db-{number}" for number in range(12)]
    async with Workers(base, 2, PLAIN) as workers:
        ordered = [await base.order("light", name) for name in names]

        async def some_are_done() -> bool:
            states = [(await snapshot(base, operation_id)).state for _, operation_id in ordered]
            return states.count("succeeded") >= 2

        await eventually(some_are_done, 60)
        await base.server.stop(signal.SIGQUIT)
        await asyncio.sleep(1)
        await base.server.start()
        ended = await wait_for_end(base, [operation_id for _, operation_id in ordered])
        assert ended is not None, "not all launches ended"
        assert len(workers.deaths) < 20, "workers restart in a loop while the database is away"
    evidence = Evidence()
    evidence.lost += [f"{each.subject_name}: {each.state}, {each.error}" for each in ended.values()
                      if each.state != "succeeded"]  # fmt: skip
    await living(base, names, evidence)
    assert (evidence.lost, evidence.doubled) == ([], [])


async def test_a_hundred_launches_queued_at_once_all_finish_and_none_twice(base: Ground, record_property) -> None:
    names = [f"many-{number}" for number in range(100)]
    ordered = [await base.order("light", name) for name in names]
    largest = 0
    began = asyncio.get_running_loop().time()
    async with Workers(base, 1, PLAIN) as workers:
        waiting = asyncio.create_task(wait_for_end(base, [operation for _, operation in ordered]))
        while not waiting.done():
            await asyncio.sleep(0.2)
            for process in workers.processes.values():
                if process.returncode is None:
                    largest = max(largest, _memory(process.pid))
        assert await waiting is not None, "not all launches ended"
    took = asyncio.get_running_loop().time() - began
    evidence = Evidence()
    await living(base, names, evidence)
    record_property("figures", f"100 launches in {took:.0f} s, worker at most {largest // 2**20} MiB")
    assert (evidence.lost, evidence.doubled) == ([], [])
    assert largest < 300 * 2**20


async def _claim(base: Ground, operation_id: str) -> int:
    while True:
        with suppress(Unavailable):  # a call's connections from before
            claimed = await queries.claim(base.platform.database, operation_id, "w1")
            assert claimed is not None
            return claimed[0].fence


async def _has_ended(process: asyncio.subprocess.Process) -> bool:
    return process.returncode is not None


def _memory(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
