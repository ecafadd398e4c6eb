"""A job is there exactly when the change that asked for it is, and the same waits once."""

import pytest
from psycopg import AsyncConnection, pq
from sqlalchemy import text

from serai.kit import jobs
from serai.kit.actor import SYSTEM
from serai.kit.db import Database
from serai.kit.errors import Unavailable
from tests.factories import World

_EVENT = {"event_id": "evt_1", "handler": "x"}


async def waiting(world: World) -> int:
    return int(await world.scalar("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'"))


async def test_what_waits_already_is_not_queued_twice_and_spoils_nothing(world: World) -> None:
    async with world.database.transaction() as session:
        assert await jobs.defer(session, "events.handle", queueing_lock="one", **_EVENT)
        assert not await jobs.defer(session, "events.handle", queueing_lock="one", **_EVENT)
        assert await jobs.defer(session, "events.handle", queueing_lock="two", **_EVENT)
        assert (await session.execute(text("SELECT 1"))).scalar_one() == 1
    assert await waiting(world) == 2


@pytest.mark.parametrize("key", [None, "one"])
async def test_a_job_goes_with_the_change_that_is_rolled_back(world: World, key: str | None) -> None:
    database = world.platform.database  # nobody acts: the job is the transaction's first statement
    with pytest.raises(RuntimeError):
        async with database.transaction() as session:
            await jobs.defer(session, "events.handle", queueing_lock=key, **_EVENT)
            raise RuntimeError
    assert await waiting(world) == 0


async def test_a_job_costs_one_round_trip(world: World, monkeypatch) -> None:
    sent: list[str] = []
    wait = AsyncConnection.wait

    async def counted(self, gen, *args, **more):
        if self.pgconn.transaction_status == pq.TransactionStatus.INTRANS:
            sent.append("")
        return await wait(self, gen, *args, **more)

    async with world.database.transaction() as session:
        await session.execute(text("SELECT 1"))
        monkeypatch.setattr(AsyncConnection, "wait", counted)
        await jobs.defer(session, "events.handle", lock="lch_1", **_EVENT)
        monkeypatch.undo()
    assert len(sent) == 1


async def test_a_database_that_has_gone_away_is_unavailable(world: World) -> None:
    database = Database(world.database.url).acting(SYSTEM)
    with pytest.raises(Unavailable):
        async with database.transaction() as session:
            raw = (await (await session.connection()).get_raw_connection()).driver_connection
            await raw.close()
            await jobs.defer(session, "events.handle", **_EVENT)
    await database.close()
