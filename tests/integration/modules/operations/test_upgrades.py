"""A deployment in the middle of an operation: it ends with the steps it was queued with, or says why not."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from serai.kit.actor import SYSTEM
from serai.kit.db import Database
from serai.modules import operations
from serai.modules.operations import Context, Step, Workflow, runner, workflow


class Deployment:
    """The workflow `upgraded`, as one version of the code after the other defines it."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.versions: set[int] = set()
        self.reached, self.gate = asyncio.Event(), asyncio.Event()

    def deploy(self, *names: str, retired: tuple[str, ...] = (), version: int = 1) -> None:
        workflow._workflows["upgraded"] = Workflow(
            "upgraded", "Upgraded", tuple(map(self._step, names)),
            retired=tuple(map(self._step, retired)), version=version,
        )  # fmt: skip

    def _step(self, name: str) -> Step:
        async def do(ctx: Context) -> dict[str, str]:
            self.versions.add(ctx.version)
            if name == "b" and not self.gate.is_set():
                self.reached.set()
                await self.gate.wait()
            self.ran.append(name)
            return {"by": name}

        async def undo(ctx: Context) -> None:
            self.ran.append(f"undo {name}")

        return Step(name, name.upper(), do, undo=undo)


@pytest.fixture
def deployment() -> Iterator[Deployment]:
    yield Deployment()
    workflow._workflows.pop("upgraded", None)


async def enqueue(database: Database) -> str:
    async with database.transaction() as session:
        operation = await operations.enqueue(
            session, SYSTEM, "upgraded", subject="thing_1", subject_name="thing"
        )
    return operation.id


async def interrupted_in_b(database: Database, deployment: Deployment) -> str:
    """An operation of `(a, b, c)` whose worker died in `b`."""
    deployment.deploy("a", "b", "c")
    operation_id = await enqueue(database)
    first = asyncio.create_task(runner.run(database, operation_id, "w1", {}))
    await asyncio.wait_for(deployment.reached.wait(), 30)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    deployment.gate.set()
    assert deployment.ran == ["a"]
    return operation_id


async def carry_on(database: Database, operation_id: str) -> operations.OperationSnapshot:
    await runner.run(database, operation_id, "w2", {})
    async with database.transaction() as session:
        return await operations.snapshot(session, SYSTEM, operation_id)


@pytest.mark.parametrize(
    "names", [("a", "NEW", "b", "c"), ("NEW", "a", "b", "c"), ("a", "b", "NEW", "c"), ("a", "b", "c", "NEW"),
              ("c", "b", "a")]
)  # fmt: skip
async def test_an_operation_under_way_keeps_the_steps_it_was_queued_with(database, deployment, names):
    operation_id = await interrupted_in_b(database, deployment)
    deployment.deploy(*names, version=2)
    seen = await carry_on(database, operation_id)
    assert deployment.ran == ["a", "b", "c"]
    assert (seen.state, seen.error) == ("succeeded", None)
    assert [(step.name, step.state) for step in seen.steps] == [(name, "done") for name in "abc"]


async def test_a_step_knows_the_version_its_operation_was_queued_with(database, deployment):
    operation_id = await interrupted_in_b(database, deployment)
    deployment.deploy("a", "b", "c", version=2)
    await carry_on(database, operation_id)
    assert deployment.versions == {1}
    await carry_on(database, await enqueue(database))
    assert deployment.versions == {1, 2}


@pytest.mark.parametrize("names", [("a", "c"), ("a", "renamed", "c"), ("a", "b"), ("renamed", "b", "c")])
async def test_a_retired_step_still_serves_the_operations_that_have_it(database, deployment, names):
    operation_id = await interrupted_in_b(database, deployment)
    deployment.deploy(*names, retired=tuple(name for name in "abc" if name not in names), version=2)
    assert (await carry_on(database, operation_id)).state == "succeeded"
    assert deployment.ran == ["a", "b", "c"]


async def test_an_operation_with_a_step_nobody_knows_any_more_fails_and_undoes_the_others(
    database, deployment
):
    operation_id = await interrupted_in_b(database, deployment)
    deployment.deploy("a", "b", version=2)
    seen = await carry_on(database, operation_id)
    assert deployment.ran == ["a", "undo b", "undo a"]
    assert (seen.state, seen.undo_error) == ("failed", None)
    assert seen.error is not None
    assert "C" in seen.error
    assert [step.state for step in seen.steps] == ["undone", "undone", "pending"]


async def test_what_an_unknown_step_did_is_said_to_be_left(database, deployment):
    operation_id = await interrupted_in_b(database, deployment)
    deployment.deploy("a", "c", version=2)
    seen = await carry_on(database, operation_id)
    assert deployment.ran == ["a", "undo a"]
    assert seen.state == "failed"
    assert seen.undo_error is not None
    assert "B" in seen.undo_error
    assert "B" in " ".join(line.message for line in seen.logs if line.level == "warning")


async def test_a_done_step_that_is_gone_keeps_nothing_from_succeeding(database, deployment):
    operation_id = await interrupted_in_b(database, deployment)
    deployment.deploy("b", "c", version=2)
    assert (await carry_on(database, operation_id)).state == "succeeded"
    assert deployment.ran == ["a", "b", "c"]


async def test_an_operation_of_a_newer_version_is_not_guessed_at(database, deployment):
    deployment.deploy("a", "b", "c", version=3)
    operation_id = await enqueue(database)
    deployment.deploy("a", "b", "c", version=2)
    seen = await carry_on(database, operation_id)
    assert (seen.state, deployment.ran) == ("failed", [])
    assert seen.error is not None
    assert "newer" in seen.error


async def test_an_operation_of_a_kind_that_is_gone_fails_and_is_still_shown(database, deployment):
    operation_id = await interrupted_in_b(database, deployment)
    del workflow._workflows["upgraded"]
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM procrastinate_jobs"))
        await session.execute(text("UPDATE operations SET claimed_at = claimed_at - interval '1 hour'"))
        assert await operations.requeue_forgotten(session) == 1
    seen = await carry_on(database, operation_id)
    assert (seen.state, seen.title, seen.finished) == ("failed", "upgraded", True)
    async with database.transaction() as session:
        with pytest.raises(operations.NotRetryable):
            await operations.retry(session, SYSTEM, operation_id)
        with pytest.raises(ValueError, match="no workflow"):
            await operations.enqueue(session, SYSTEM, "upgraded", subject="x", subject_name="x")


async def test_a_retry_takes_the_steps_of_today(database, deployment):
    operation_id = await interrupted_in_b(database, deployment)
    deployment.deploy("a", "b", version=2)
    assert (await carry_on(database, operation_id)).state == "failed"
    deployment.ran.clear()
    async with database.transaction() as session:
        operation = await operations.retry(session, SYSTEM, operation_id)
    assert operation.workflow_version == 2
    assert (await carry_on(database, operation_id)).state == "succeeded"
    assert deployment.ran == ["a", "b"]


async def test_an_operation_queued_before_versions_were_kept_is_of_the_first(database, deployment):
    deployment.gate.set()
    deployment.deploy("a", "b")
    operation_id = await enqueue(database)
    async with database.transaction() as session:
        await session.execute(text("UPDATE operations SET workflow_version = DEFAULT"))
    assert (await carry_on(database, operation_id)).state == "succeeded"
    assert deployment.versions == {1}


@pytest.mark.parametrize("retired", ["a", "old"])
def test_step_names_are_unique_within_a_workflow(retired):
    async def do(ctx: Context) -> None: ...

    steps = (Step("a", "A", do), Step("a" if retired == "old" else "b", "B", do))
    with pytest.raises(ValueError, match="two steps"):
        operations.register(Workflow("twice", "Twice", steps, retired=(Step(retired, "Old", do),)))
