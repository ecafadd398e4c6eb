"""Every registered workflow, through `tests.workflows`."""

from collections.abc import Iterator

import pytest

from serai.kit.actor import SYSTEM
from serai.modules import launches, operations
from serai.modules.launches import subscription_sync
from tests import workflows
from tests.factories import World, blueprint


async def launch(world: World) -> str:
    return (await world.order(await world.ground(database=True)))[1]


async def build_release(world: World) -> str:
    server = await world.server()
    release = await world.product(blueprint(database=True), ready=False)
    async with world.database.transaction() as session:
        return (await launches.build_release(session, SYSTEM, release.id, server)).id


def changing(kind: str, becomes: str, after: tuple[str, str, str] | None = None) -> workflows.Begin:
    """Queues `kind` for a running launch, or for one that another change came before."""

    async def ask(world: World, launch_id: str, kind: str, becomes: str) -> str:
        async with world.database.transaction() as session:
            found = await launches.find(session, SYSTEM, launch_id)
            return (await subscription_sync.begin(session, found, kind, becomes)).id

    async def begin(world: World) -> str:
        launch_id = await world.launch(await world.ground(database=True))
        if after:
            assert (await world.run(await ask(world, launch_id, *after[:2]))).state == "succeeded"
            assert (await world.find(launch_id)).state == after[2]
        return await ask(world, launch_id, kind, becomes)

    return begin


BEGIN: dict[str, workflows.Begin] = {
    "build_release": build_release,
    "launch": launch,
    "stop": changing("stop", "stopping"),
    "start": changing("start", "starting", ("stop", "stopping", "stopped")),
    "restart": changing("restart", "restarting"),
    "terminate": changing("terminate", "terminating"),
    "suspend": changing("suspend", "suspending"),
    "resume": changing("resume", "resuming", ("suspend", "suspending", "suspended")),
    "resize": changing("resize", "resizing"),
    "reset_password": changing("reset_password", "running"),
}
# A termination goes on where it failed; it never brings back what it has deleted.
ONE_WAY = {"terminate"}


def steps_of(kinds: set[str]) -> Iterator[tuple[str, str]]:
    for kind in sorted(kinds):
        yield from ((kind, step.name) for step in operations.workflow_of(kind).steps)


def test_every_workflow_is_tried_here() -> None:
    assert set(BEGIN) == {each.kind for each in operations.workflows()}


@pytest.mark.parametrize(("kind", "step"), steps_of(set(BEGIN) - ONE_WAY))
async def test_a_failure_after_any_step_leaves_what_was_there_before(
    world: World, kind: str, step: str
) -> None:
    before, after, seen = await workflows.fails_after(world, kind, BEGIN[kind], step)
    assert (seen.state, seen.error, seen.undo_error) == ("failed", "no such luck", None)
    assert after == before


@pytest.mark.parametrize("kind", sorted(BEGIN))
async def test_every_action_may_be_repeated(world: World, kind: str) -> None:
    operation_id = await BEGIN[kind](world)
    with workflows.deployed(workflows.wrapped(kind, workflows.twice)):
        assert (await world.run(operation_id)).state == "succeeded"


@pytest.mark.parametrize("kind", sorted(set(BEGIN) - ONE_WAY))
async def test_every_undo_may_be_repeated(world: World, kind: str) -> None:
    last = operations.workflow_of(kind).steps[-1].name
    with workflows.deployed(workflows.wrapped(kind, workflows.twice)):
        before, after, seen = await workflows.fails_after(world, kind, BEGIN[kind], last)
    assert (seen.state, seen.undo_error) == ("failed", None)
    assert after == before


@pytest.mark.parametrize(("kind", "step"), steps_of(set(BEGIN)))
async def test_a_step_added_anywhere_does_not_touch_an_operation_under_way(
    world: World, kind: str, step: str
) -> None:
    names = [each.name for each in operations.workflow_of(kind).steps]
    operation_id, ran = await BEGIN[kind](world), list[str]()
    with workflows.deployed(workflows.with_another_step(kind, names.index(step), ran)):
        assert (await world.run(operation_id)).state == "succeeded"
    assert ran == names
