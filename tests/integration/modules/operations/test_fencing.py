"""Only the newest claim writes, and an operation that a job carries on gets no second one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from sqlalchemy import text

from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.kit.db import Database
from serai.kit.errors import Invalid
from serai.modules import operations
from serai.modules.operations import queries, workflow
from serai.modules.operations.models import Operation
from serai.modules.operations.recorder import Change, FencedRecorder
from tests.integration.modules.operations.test_engine import World, enqueue, runner, snapshot, world

assert world  # the fixture


async def claim(database: Database, operation_id: str, worker: str) -> FencedRecorder:
    claimed = await queries.claim(database, operation_id, worker)
    assert claimed is not None
    return FencedRecorder(database, *claimed)


async def in_a_transaction(recorder: FencedRecorder) -> None:
    async with recorder.transaction() as session:
        await session.execute(text("UPDATE operations SET subject_name = 'stolen'"))


async def with_an_ending(recorder: FencedRecorder) -> None:
    async def ending(session: object) -> None:
        raise AssertionError("the claim is lost")

    await recorder.record(Change(operation={"state": "succeeded"}), ending=ending)


@pytest.mark.parametrize(
    "write",
    [
        in_a_transaction, with_an_ending, FencedRecorder.cancel_requested,
        lambda recorder: recorder.record(Change(operation={"progress": 99})),
        lambda recorder: recorder.log("a", "a late line"),
    ],
)  # fmt: skip
async def test_a_claim_that_was_taken_over_writes_nothing(
    database: Database, world: World, write: Callable[[FencedRecorder], Awaitable[object]]
) -> None:
    operation_id = await enqueue(database)
    first = await claim(database, operation_id, "w1")
    second = await claim(database, operation_id, "w2")
    before = await snapshot(database, operation_id)
    with pytest.raises(operations.LostClaim):
        await write(first)
    assert await snapshot(database, operation_id) == before, "though nobody ended it"
    assert await second.cancel_requested() is False
    await second.record(Change(operation={"progress": 7}))
    async with database.transaction() as session:
        assert (await session.get_one(Operation, operation_id)).progress == 7


async def test_the_newest_claim_writes_and_hears_whether_cancelling_was_asked_for(
    database: Database, world: World
) -> None:
    operation_id = await enqueue(database)
    await enqueue(database, "thing_2")
    recorder = await claim(database, operation_id, "w1")
    for asked_for in (False, True):
        async with recorder.transaction() as session:
            await queries.set_operation(session, operation_id, cancel_requested=True)
        assert recorder.cancel_wanted is asked_for
    assert await recorder.cancel_requested() is True


@pytest.mark.parametrize("write", [in_a_transaction, FencedRecorder.cancel_requested])
async def test_an_ended_operation_is_nobodys_any_more(
    database: Database, world: World, write: Callable[[FencedRecorder], Awaitable[object]]
) -> None:
    recorder = await claim(database, await enqueue(database), "w1")
    await recorder.record(Change(operation={"state": "succeeded"}))
    with pytest.raises(operations.LostClaim):
        await write(recorder)


async def test_only_what_is_under_way_keeps_its_subject_busy(database: Database, world: World) -> None:
    await runner.run(database, await enqueue(database), "w1", world.tools)
    await enqueue(database, "thing_2")
    async with database.transaction() as session:
        assert await queries.active_subjects(session) == {"thing_2"}


async def test_every_claim_has_a_higher_fence(database: Database, world: World) -> None:
    fences = []
    for subject in ("thing_1", "thing_2"):
        operation_id = await enqueue(database, subject)
        for worker in ("w1", "w2"):
            claimed = await queries.claim(database, operation_id, worker)
            assert claimed is not None
            operation, rows = claimed
            fences.append(operation.fence)
            assert (operation.claimed_by, operation.state) == (worker, "running")
            assert [row.name for row in rows] == ["a", "b", "c"]
    assert fences == sorted(set(fences))


@pytest.mark.parametrize(("status", "queued_again"), [("todo", 0), ("doing", 0), ("failed", 1)])
async def test_only_an_operation_without_a_waiting_or_running_job_gets_one(
    database: Database, world: World, status: str, queued_again: int
) -> None:
    await enqueue(database)
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE procrastinate_jobs SET status = CAST(:status AS procrastinate_job_status)"),
            {"status": status},
        )
        assert await operations.requeue_forgotten(session) == queued_again


async def test_an_ending_that_fails_turns_the_operation_back(database: Database, world: World) -> None:
    async def refuse(session: object, operation: Operation) -> None:
        raise Invalid("the end was refused")

    workflow._workflows["test"] = replace(workflow._workflows["test"], succeeded=refuse)
    operation_id = await enqueue(database)
    await runner.run(database, operation_id, "w1", world.tools)
    seen = await snapshot(database, operation_id)
    assert (seen.state, seen.error) == ("failed", "the end was refused")
    assert world.done == ["a", "b", "c", "undo c", "undo b", "undo a"]
    assert world.ended == ["failed"]


async def test_whoever_finds_an_operation_ended_tells_those_who_watch(
    database: Database, world: World
) -> None:
    operation_id = await enqueue(database)
    await runner.run(database, operation_id, "w1", world.tools)
    async with database.listening(queries.CHANNEL) as connection:
        await runner.run(database, operation_id, "w2", world.tools)
        async with asyncio.timeout(30):
            heard = await anext(connection.notifies())
    assert heard.payload == operation_id


async def test_a_call_acts_as_its_actor_and_for_itself_alone(database: Database) -> None:
    assert await database.acting(SYSTEM).call("current_setting", "serai.platform") == "on"
    assert await database.acting(None).call("current_setting", "serai.platform") == "off"
    operation_id = "op_unknown"
    assert await queries.claim(database.acting(None), operation_id, "w1") is None
    assert await database.call("timezone", "UTC", clock.now()) is not None
