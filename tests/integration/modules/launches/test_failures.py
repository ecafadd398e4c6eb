"""Whatever fails at whatever step: everything is undone, and trying again works."""

import asyncio

import pytest

from serai.kit.actor import SYSTEM
from serai.kit.errors import Invalid, Unavailable
from serai.modules import launches, operations
from tests.factories import World, blueprint

LAUNCH_CALLS = (
    "databases.clone", "runtime.prepare", "runtime.start", "runtime.run", "runtime.wait_healthy", "edge.put_route",
)  # fmt: skip


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", LAUNCH_CALLS)
async def test_a_launch_that_fails_anywhere_leaves_nothing_and_can_be_retried(
    world: World, call: str, when: str
) -> None:
    actor = await world.ground(database=True)
    launch_id, operation_id = await world.order(actor)
    getattr(world.faults, when)[call] = Invalid("no such luck")
    seen = await world.run(operation_id)
    assert (seen.state, seen.error, seen.undo_error) == ("failed", "no such luck", None)
    launch = await world.find(launch_id)
    assert (launch.state, launch.sealed_password) == ("failed", None)
    assert launch.ended_at is not None
    assert await world.nothing_is_left()
    await world.handle_events()
    assert await world.scalar("SELECT count(*) FROM mails WHERE subject LIKE '%could not%'") == 1

    world.faults.clear()
    async with world.database.transaction() as session:
        assert await launches.check_name(session, "acme") == "acme"
        await operations.retry(session, actor, operation_id)
    assert (await world.run(operation_id)).state == "succeeded"
    assert (await world.find("acme")).state == "running"
    async with world.database.transaction() as session:
        shown = await launches.credentials(session, actor, world.platform.vault, "acme", once=True)
    assert shown.password


async def test_a_passing_failure_is_not_even_noticed(world: World) -> None:
    actor = await world.ground()
    _, operation_id = await world.order(actor)
    for call in LAUNCH_CALLS[1:]:
        world.faults.after[call] = Unavailable("Back in a moment.")
    seen = await world.run(operation_id)
    assert seen.state == "succeeded"
    assert all(
        step.attempts == 2 for step in seen.steps if step.name not in {"ensure_release", "clone_database"}
    )


async def test_a_port_that_another_program_holds_is_exchanged_for_the_next(world: World) -> None:
    actor = await world.ground()
    launch_id, operation_id = await world.order(actor)
    world.runtime.taken_ports = {world.first_port, world.first_port + 1}
    assert (await world.run(operation_id)).state == "succeeded"
    assert world.runtime.processes[launch_id].port == world.first_port + 2
    assert (await world.drivers.edge.routes())[launch_id][1] == world.first_port + 2


@pytest.mark.parametrize("call", ["builder.install", "builder.initialise", "databases.create_template"])
async def test_a_failed_build_is_undone_told_and_can_be_retried(world: World, call: str) -> None:
    server = await world.server()
    release = await world.product(blueprint(database=True), ready=False)
    world.faults.before[call] = Invalid("gcc: command not found")
    async with world.database.transaction() as session:
        operation = await launches.build_release(session, SYSTEM, release.id, server)
    seen = await world.run(operation.id)
    assert (seen.state, seen.error) == ("failed", "gcc: command not found")
    assert await world.databases.names() == []
    assert not world.drivers.release_directory(release.id).exists()
    assert await world.scalar("SELECT error FROM releases") == "gcc: command not found"
    world.faults.clear()
    async with world.database.transaction() as session:
        await operations.retry(session, SYSTEM, operation.id)
    assert (await world.run(operation.id)).state == "succeeded"
    assert await world.scalar("SELECT state FROM releases") == "ready"


@pytest.mark.parametrize(
    ("change", "call", "stays"),
    [
        (launches.stop, "runtime.stop", "running"),
        (launches.stop, "edge.remove_route", "running"),
        (launches.restart, "runtime.wait_healthy", "running"),
        (launches.reset_password, "runtime.run", "running"),
    ],
)
async def test_a_failed_change_goes_back_to_where_it_began(
    world: World, change, call: str, stays: str
) -> None:
    actor = await world.ground()
    launch_id = await world.launch(actor)
    routes = await world.edge.routes()
    world.faults.before[call] = Invalid("no")
    if call == "edge.remove_route":
        world.faults.before.clear()
        world.faults.after[call] = Invalid("no")
    assert (await world.change(change, actor, "acme")).state == "failed"
    assert (await world.find("acme")).state == stays
    assert world.runtime.wanted == {launch_id}
    assert await world.edge.routes() == routes


@pytest.mark.parametrize("call", ["runtime.start", "runtime.wait_healthy", "edge.put_route"])
async def test_a_failed_start_leaves_the_launch_stopped(world: World, call: str) -> None:
    actor = await world.ground()
    await world.launch(actor)
    await world.change(launches.stop, actor, "acme")
    world.faults.before[call] = Invalid("no")
    assert (await world.change(launches.start, actor, "acme")).state == "failed"
    assert (await world.find("acme")).state == "stopped"
    assert world.runtime.wanted == set()
    assert await world.edge.routes() == {}
    world.faults.clear()
    assert (await world.change(launches.start, actor, "acme")).state == "succeeded"


@pytest.mark.parametrize("call", ["edge.remove_route", "runtime.remove", "databases.drop"])
async def test_a_failed_termination_never_pretends_to_run_and_can_be_asked_again(
    world: World, call: str
) -> None:
    actor = await world.ground(database=True)
    await world.launch(actor)
    world.faults.before[call] = Invalid("no")
    assert (await world.change(launches.terminate, actor, "acme")).state == "failed"
    assert (await world.find("acme")).state == "terminating"
    world.faults.clear()
    assert await launches.restore_routes(world.database, world.platform.fleet) == 0
    assert (await world.change(launches.terminate, actor, "acme")).state == "succeeded"
    assert await world.nothing_is_left()


async def test_a_retry_whose_name_was_taken_meanwhile_is_refused(world: World) -> None:
    actor = await world.ground()
    _, operation_id = await world.order(actor)
    world.faults.before["runtime.start"] = Invalid("no")
    await world.run(operation_id)
    world.faults.clear()
    await world.launch(actor, "acme")
    with pytest.raises(launches.NameTaken):
        async with world.database.transaction() as session:
            await operations.retry(session, actor, operation_id)


async def test_two_retries_at_once_are_one(world: World) -> None:
    actor = await world.ground()
    _, operation_id = await world.order(actor)
    world.faults.before["runtime.start"] = Invalid("no")
    await world.run(operation_id)
    world.faults.clear()

    async def retry() -> None:
        async with world.database.transaction() as session:
            await operations.retry(session, actor, operation_id)

    answers = await asyncio.gather(*(retry() for _ in range(4)), return_exceptions=True)
    assert sum(each is None for each in answers) == 1
    assert sum(isinstance(each, operations.NotRetryable) for each in answers) == 3
    assert (await world.run(operation_id)).state == "succeeded"


async def test_an_order_and_a_retry_of_one_name_at_once_are_not_both_accepted(world: World) -> None:
    actor = await world.ground()
    _, operation_id = await world.order(actor)
    world.faults.before["runtime.start"] = Invalid("no")
    await world.run(operation_id)

    async def retry() -> None:
        async with world.database.transaction() as session:
            await operations.retry(session, actor, operation_id)

    answers = await asyncio.gather(retry(), world.order(actor, "acme"), return_exceptions=True)
    assert len([each for each in answers if isinstance(each, launches.NameTaken)]) == 1
