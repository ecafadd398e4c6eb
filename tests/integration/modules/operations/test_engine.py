"""The engine: steps in order, resumed after a crash, undone after a failure, fenced."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from serai.kit import ids
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Database
from serai.kit.errors import Denied, Invalid, Unavailable
from serai.modules import operations
from serai.modules.operations import Context, Step, Workflow, runner, workflow
from tests.support import eventually


class World:
    """What the steps of the test workflow did, and what they shall do."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.fail_at: dict[str, Exception] = {}
        self.ended: list[str] = []
        self.gate: asyncio.Event | None = None
        self.tools = {World: self}


@pytest.fixture
def world() -> Iterator[World]:
    made = World()

    def do(name: str):
        async def step(ctx: Context):
            ctx.tool(World).done.append(name)
            if ctx.tool(World).gate is not None and name == "b":
                await ctx.tool(World).gate.wait()
            if name in ctx.tool(World).fail_at:
                error = ctx.tool(World).fail_at[name]
                if isinstance(error, Unavailable):
                    del ctx.tool(World).fail_at[name]
                raise error
            await ctx.log(f"{name} says hello")
            return {"by": name}

        return step

    def undo(name: str):
        async def step(ctx: Context) -> None:
            ctx.tool(World).done.append(f"undo {name}")

        return step

    async def succeeded(session, operation) -> None:
        made.ended.append("succeeded")

    async def failed(session, operation) -> None:
        made.ended.append(operation.state)

    steps = tuple(Step(name, name.upper(), do(name), undo=undo(name)) for name in "abc")
    workflow._workflows["test"] = Workflow("test", "Test", steps, succeeded=succeeded, failed=failed)
    yield made
    del workflow._workflows["test"]


async def enqueue(database: Database, subject: str = "thing_1") -> str:
    async with database.transaction() as session:
        operation = await operations.enqueue(
            session, SYSTEM, "test", subject=subject, subject_name="thing", account_id="acc_1"
        )
    return operation.id


async def snapshot(database: Database, operation_id: str) -> operations.OperationSnapshot:
    async with database.transaction() as session:
        return await operations.snapshot(session, SYSTEM, operation_id)


async def test_steps_run_in_order_and_their_outputs_are_kept(database, world):
    operation_id = await enqueue(database)
    await runner.run(database, operation_id, "w1", world.tools)
    seen = await snapshot(database, operation_id)
    assert world.done == ["a", "b", "c"]
    assert (seen.state, seen.progress, seen.finished) == ("succeeded", 100, True)
    assert [step.state for step in seen.steps] == ["done"] * 3
    assert all(step.duration_ms is not None and step.attempts == 1 for step in seen.steps)
    assert "b says hello" in [line.message for line in seen.logs]
    assert world.ended == ["succeeded"]


async def test_a_failed_step_undoes_itself_and_what_came_before(database, world):
    world.fail_at["b"] = Invalid("no such luck")
    operation_id = await enqueue(database)
    await runner.run(database, operation_id, "w1", world.tools)
    seen = await snapshot(database, operation_id)
    assert world.done == ["a", "b", "undo b", "undo a"]
    assert (seen.state, seen.error) == ("failed", "no such luck")
    assert [step.state for step in seen.steps] == ["undone", "undone", "pending"]
    assert world.ended == ["failed"]


async def test_a_failure_that_says_what_no_database_holds_ends_the_operation(database, world):
    world.fail_at["b"] = Invalid("its log ends with: \x00 \ud800 " + "x" * 100_000)
    operation_id = await enqueue(database)
    await runner.run(database, operation_id, "w1", world.tools)
    seen = await snapshot(database, operation_id)
    assert (seen.state, world.ended) == ("failed", ["failed"])
    assert len(seen.error) == 20_000


async def test_a_passing_failure_is_tried_again(database, world):
    world.fail_at["b"] = Unavailable("away for a moment.")
    operation_id = await enqueue(database)
    await runner.run(database, operation_id, "w1", world.tools)
    seen = await snapshot(database, operation_id)
    assert seen.state == "succeeded"
    assert seen.steps[1].attempts == 2


async def test_what_cannot_be_undone_is_tried_as_often_and_then_said(database, world):
    async def fail(ctx: Context) -> None:
        ctx.tool(World).done.append("try")
        raise Invalid("it stays")

    step = replace(workflow._workflows["test"].steps[0], attempts=2, undo=fail)
    workflow._workflows["test"] = replace(workflow._workflows["test"], steps=(step,))
    world.fail_at["a"] = Invalid("no")
    operation_id = await enqueue(database)
    await runner.run(database, operation_id, "w1", world.tools)
    seen = await snapshot(database, operation_id)
    assert (seen.state, seen.undo_error) == ("failed", "it stays")
    assert world.done == ["a", "try", "try"]
    assert seen.steps[0].state == "undoing", "begun, and not ended"


async def test_another_claim_goes_on_from_the_last_finished_step(database, world):
    world.gate = asyncio.Event()
    operation_id = await enqueue(database)
    first = asyncio.create_task(runner.run(database, operation_id, "w1", world.tools))
    while "b" not in world.done:
        await asyncio.sleep(0.01)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    world.gate = None
    await runner.run(database, operation_id, "w2", world.tools)
    assert world.done == ["a", "b", "b", "c"]
    assert (await snapshot(database, operation_id)).state == "succeeded"


async def test_a_worker_that_slept_through_a_takeover_records_nothing(database, world):
    gate = world.gate = asyncio.Event()
    operation_id = await enqueue(database)
    sleeper = asyncio.create_task(runner.run(database, operation_id, "w1", world.tools))
    while "b" not in world.done:
        await asyncio.sleep(0.01)
    world.gate = None
    await runner.run(database, operation_id, "w2", world.tools)
    before = await snapshot(database, operation_id)
    gate.set()
    with pytest.raises(operations.LostClaim):
        await sleeper
    assert await snapshot(database, operation_id) == before
    assert world.ended == ["succeeded"]


async def test_cancelling_in_the_middle_of_a_step_undoes_everything(database, world):
    world.gate = asyncio.Event()
    operation_id = await enqueue(database)
    running = asyncio.create_task(runner.run(database, operation_id, "w1", world.tools))
    while "b" not in world.done:
        await asyncio.sleep(0.01)
    async with database.transaction() as session:
        await operations.cancel(session, SYSTEM, operation_id)
    await asyncio.wait_for(running, 5)
    seen = await snapshot(database, operation_id)
    assert (seen.state, seen.error) == ("cancelled", None)
    assert world.done == ["a", "b", "undo b", "undo a"]


async def test_a_cancelled_operation_that_never_began_does_nothing(database, world):
    operation_id = await enqueue(database)
    async with database.transaction() as session:
        await operations.cancel(session, SYSTEM, operation_id)
    await runner.run(database, operation_id, "w1", world.tools)
    assert world.done == []
    assert (await snapshot(database, operation_id)).state == "cancelled"


async def test_a_second_operation_for_the_same_subject_is_refused(database, world):
    await enqueue(database)
    with pytest.raises(operations.OperationInProgress):
        await enqueue(database)
    await enqueue(database, "thing_2")


async def test_an_ended_operation_is_not_run_again(database, world):
    operation_id = await enqueue(database)
    await runner.run(database, operation_id, "w1", world.tools)
    await runner.run(database, operation_id, "w2", world.tools)
    assert world.done == ["a", "b", "c"]


async def test_a_failed_operation_can_be_retried_and_a_finished_one_cannot(database, world):
    world.fail_at["c"] = Invalid("not yet")
    operation_id = await enqueue(database)
    await runner.run(database, operation_id, "w1", world.tools)
    del world.fail_at["c"]
    async with database.transaction() as session:
        await operations.retry(session, SYSTEM, operation_id)
    await runner.run(database, operation_id, "w1", world.tools)
    assert (await snapshot(database, operation_id)).state == "succeeded"
    async with database.transaction() as session:
        with pytest.raises(operations.NotRetryable):
            await operations.retry(session, SYSTEM, operation_id)


async def test_another_account_does_not_see_the_operation(database, world):
    operation_id = await enqueue(database)
    stranger = Actor("user", "usr_x", "acc_2")
    async with database.transaction() as session:
        with pytest.raises(operations.OperationNotFound):
            await operations.snapshot(session, stranger, operation_id)
        with pytest.raises(Denied):
            await operations.page(session, stranger)
        with pytest.raises(operations.OperationNotFound):
            await operations.cancel(session, stranger, operation_id)


async def test_people_of_the_account_may_do_what_their_grants_say(database, world):
    world.fail_at["c"] = Invalid("not yet")
    operation_id = await enqueue(database)
    nobody, reader = Actor("user", "usr_1", "acc_1"), Actor(
        "user", "usr_2", "acc_1", grants=frozenset({"operations:read:account"})
    )  # fmt: skip
    async with database.transaction() as session:
        with pytest.raises(Denied):
            await operations.snapshot(session, nobody, operation_id)
        assert (await operations.snapshot(session, reader, operation_id)).id == operation_id
        with pytest.raises(Denied):
            await operations.cancel(session, reader, operation_id)
    await runner.run(database, operation_id, "w1", world.tools)
    await enqueue(database, "thing_2")  # a later one of something else
    async with database.transaction() as session:
        with pytest.raises(Denied):
            await operations.retry(session, reader, operation_id)
        operation = await operations.get(session, reader, operation_id)
        assert await operations.allowed_actions(session, reader, operation) == frozenset()
        assert await operations.allowed_actions(session, SYSTEM, operation) == {"retry"}


async def test_an_operation_that_a_later_one_followed_is_not_retried(database, world):
    world.fail_at["c"] = Invalid("not yet")
    operation_id = await enqueue(database)
    await runner.run(database, operation_id, "w1", world.tools)
    later = await enqueue(database)
    await runner.run(database, later, "w1", world.tools)
    async with database.transaction() as session:
        operation = await operations.get(session, SYSTEM, operation_id)
        assert await operations.allowed_actions(session, SYSTEM, operation) == frozenset()
        with pytest.raises(operations.NotRetryable):
            await operations.retry(session, SYSTEM, operation_id)


async def test_the_stream_shows_the_operation_to_its_end(database, world):
    operation_id = await enqueue(database)
    seen = []

    async def follow() -> None:
        async for each in operations.watch(database, SYSTEM, operation_id):
            seen.append(each)

    following = asyncio.create_task(follow())
    await asyncio.sleep(0.1)
    await runner.run(database, operation_id, "w1", world.tools)
    await asyncio.wait_for(following, 5)
    assert seen[0].state == "queued"
    assert seen[-1].finished
    lines = [line.id for each in seen for line in each.logs]
    assert lines == sorted(set(lines)), "no line is sent twice"


async def test_operations_without_a_job_are_queued_again(database, world):
    operation_id = await enqueue(database)
    async with database.transaction() as session:
        assert await operations.requeue_forgotten(session) == 0
        await session.execute(text("DELETE FROM procrastinate_jobs"))
    async with database.transaction() as session:
        assert await operations.requeue_forgotten(session) == 1
    async with database.transaction() as session:
        assert await operations.requeue_forgotten(session) == 0
    assert (await snapshot(database, operation_id)).state == "queued"


@pytest.mark.parametrize("years", [-30, 0, 30])
async def test_operations_are_missed_by_the_clock_that_claimed_them(database, world, moving, years):
    moving.move(timedelta(days=365 * years))
    world.gate = asyncio.Event()
    operation_id = await enqueue(database)
    claimed = asyncio.create_task(runner.run(database, operation_id, "w1", world.tools))
    await eventually(lambda: _has_done(world, "b"))
    claimed.cancel()
    await asyncio.gather(claimed, return_exceptions=True)
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM procrastinate_jobs"))
        assert await operations.requeue_forgotten(session) == 0, "the first pause is 0.2 s"
        moving.move(timedelta(seconds=0.21))
        assert await operations.requeue_forgotten(session) == 1


async def _has_done(world: World, step: str) -> bool:
    return step in world.done


async def test_the_operation_its_job_and_its_event_exist_together_or_not_at_all(database, world):
    with pytest.raises(RuntimeError):
        async with database.transaction() as session:
            await operations.enqueue(session, SYSTEM, "test", subject=ids.new("lch"), subject_name="x")
            raise RuntimeError
    async with database.transaction() as session:
        for table in ("operations", "operation_steps", "events", "procrastinate_jobs"):
            count = (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()
            assert count == 0, table
