"""The life of a launch on fakes: launched, stopped, started, restarted, renewed, terminated."""

import asyncio

import msgspec
import pytest

from serai.kit.actor import SYSTEM
from serai.modules import launches, operations
from tests.factories import World, blueprint


async def test_a_launch_gets_database_files_process_password_and_address(world: World) -> None:
    actor = await world.ground(database=True)
    launch_id = await world.launch(actor)
    launch = await world.find("acme")
    assert (launch.state, launch.url) == ("running", "http://acme.apps.localhost:8080")
    assert launch.launched_at is not None
    assert launch_id in world.databases.made
    assert world.runtime.wanted == {launch_id}
    assert await world.edge.routes() == {launch_id: ("acme.apps.localhost", world.first_port)}
    assert launch.state in launches.launch_view(launch).state


async def test_the_administrator_s_password_is_the_one_handed_over(world: World) -> None:
    plain = blueprint().administrator.password
    password = msgspec.structs.replace(plain, environment={"WORD": "${administrator.password}"})
    administrator = msgspec.structs.replace(blueprint().administrator, password=password)
    actor = await world.ground(administrator=administrator)
    await world.launch(actor)
    async with world.database.transaction() as session:
        shown = await launches.credentials(session, actor, world.platform.vault, "acme", once=True)
    assert [environment["WORD"] for _, _, environment in world.runtime.commands] == [shown.password]
    assert (shown.url, shown.login) == ("http://acme.apps.localhost:8080", "admin")


async def test_a_stopped_launch_keeps_its_data_and_loses_process_and_address(world: World) -> None:
    actor = await world.ground(database=True)
    launch_id = await world.launch(actor)
    assert (await world.change(launches.stop, actor, "acme")).state == "succeeded"
    assert (await world.find("acme")).state == "stopped"
    assert world.runtime.wanted == set()
    assert await world.edge.routes() == {}
    assert launch_id in world.databases.made
    assert (await world.change(launches.start, actor, "acme")).state == "succeeded"
    assert (await world.find("acme")).state == "running"
    assert list(await world.edge.routes()) == [launch_id]


async def test_a_restart_stops_and_starts_and_keeps_the_address(world: World) -> None:
    actor = await world.ground()
    launch_id = await world.launch(actor)
    world.faults.calls.clear()
    assert (await world.change(launches.restart, actor, "acme")).state == "succeeded"
    assert [call for call in world.faults.calls if call != "runtime.run"] == [
        "runtime.stop", "runtime.start", "runtime.wait_healthy",
    ]  # fmt: skip
    assert list(await world.edge.routes()) == [launch_id]


@pytest.mark.parametrize("stopped", [False, True])
async def test_a_terminated_launch_leaves_nothing_and_frees_its_name(world: World, stopped: bool) -> None:
    actor = await world.ground(database=True)
    await world.launch(actor)
    if stopped:
        await world.change(launches.stop, actor, "acme")
    assert (await world.change(launches.terminate, actor, "acme")).state == "succeeded"
    launch = await world.find("acme")
    assert (launch.state, launch.sealed_password) == ("terminated", None)
    assert await world.nothing_is_left()
    await world.launch(actor, "acme")


async def test_a_new_password_replaces_the_one_that_was_shown(world: World) -> None:
    actor = await world.ground()
    await world.launch(actor)
    vault = world.platform.vault
    async with world.database.transaction() as session:
        first = await launches.credentials(session, actor, vault, "acme", once=True)
    assert (await world.change(launches.reset_password, actor, "acme")).state == "succeeded"
    async with world.database.transaction() as session:
        second = await launches.credentials(session, actor, vault, "acme", once=True)
    assert first.password != second.password
    assert (await world.find("acme")).state == "running"


async def test_credentials_are_shown_exactly_once_also_to_two_at_once(world: World) -> None:
    actor = await world.ground()
    await world.launch(actor)

    async def reveal() -> str:
        async with world.database.transaction() as session:
            shown = await launches.credentials(session, actor, world.platform.vault, "acme", once=True)
        return shown.password

    answers = await asyncio.gather(*(reveal() for _ in range(4)), return_exceptions=True)
    assert len([each for each in answers if isinstance(each, str)]) == 1
    assert len([each for each in answers if isinstance(each, launches.CredentialsGone)]) == 3


async def test_no_credentials_before_the_launch_is_done(world: World) -> None:
    actor = await world.ground()
    await world.order(actor)
    with pytest.raises(launches.WrongState):
        async with world.database.transaction() as session:
            await launches.credentials(session, actor, world.platform.vault, "acme", once=True)


@pytest.mark.parametrize("change", [launches.start, launches.stop, launches.restart, launches.terminate])
async def test_a_change_that_does_not_fit_the_state_is_refused(world: World, change) -> None:
    actor = await world.ground()
    await world.order(actor)
    with pytest.raises((launches.WrongState, operations.OperationInProgress)):
        await world.change(change, actor, "acme")


async def test_two_changes_at_once_are_not_both_accepted(world: World) -> None:
    actor = await world.ground()
    await world.launch(actor)

    async def ask(change) -> None:
        async with world.database.transaction() as session:
            await change(session, actor, "acme")

    changes = (launches.stop, launches.restart, launches.terminate, launches.reset_password)
    answers = await asyncio.gather(*(ask(change) for change in changes), return_exceptions=True)
    assert sum(each is None for each in answers) == 1
    refusals = [each for each in answers if each is not None]
    assert all(isinstance(each, launches.WrongState | operations.OperationInProgress) for each in refusals)


async def test_a_cancelled_launch_leaves_nothing(world: World) -> None:
    actor = await world.ground(database=True)
    launch_id, operation_id = await world.order(actor)
    async with world.database.transaction() as session:
        await operations.cancel(session, actor, operation_id)
    assert (await world.run(operation_id)).state == "cancelled"
    assert (await world.find(launch_id)).state == "cancelled"
    assert await world.nothing_is_left()
    assert await world.order(actor, "acme")


async def test_the_customer_is_told_once_that_the_system_is_ready(world: World) -> None:
    actor = await world.ground()
    await world.launch(actor, language="ar")
    await world.handle_events()
    assert await world.scalar("SELECT count(*) FROM mails WHERE recipient = 'sara@example.com'") == 1
    subject, words = (
        await world.scalar("SELECT subject FROM mails"),
        await world.scalar("SELECT text FROM mails"),
    )
    assert "acme" in subject
    assert any("ء" <= letter <= "ي" for letter in words), "in the language of the order"


async def test_the_first_launch_builds_the_release_and_the_second_uses_it(world: World) -> None:
    server = await world.server()
    release = await world.product(blueprint(database=True), ready=False)
    actor = await world.account()
    _, operation_id = await world.order(actor)

    async def build() -> operations.OperationSnapshot:
        while True:
            async with world.database.transaction() as session:
                newest = await operations.newest_of(session, SYSTEM, f"{release.id}@{server.id}")
            if newest is not None:
                return await world.run(newest.id)
            await asyncio.sleep(0.02)

    launched, built = await asyncio.gather(world.run(operation_id), build())
    assert (launched.state, built.state) == ("succeeded", "succeeded")
    assert any("is installed" in line.message for line in launched.logs)
    await world.launch(actor, "second")
    assert world.faults.calls.count("builder.install") == 1
    assert world.faults.calls.count("databases.create_template") == 1


async def test_routes_are_restored_for_exactly_what_runs(world: World) -> None:
    actor = await world.ground()
    running = await world.launch(actor, "running")
    await world.launch(actor, "stopped")
    await world.change(launches.stop, actor, "stopped")
    await world.edge.replace_routes([("lch_old", "old.apps.localhost", 1)])
    assert await launches.restore_routes(world.database, world.platform.fleet) == 1
    assert list(await world.edge.routes()) == [running]


async def test_the_sweep_removes_what_nobody_owns_and_nothing_else(world: World) -> None:
    actor = await world.ground(database=True)
    launch_id = await world.launch(actor)
    before = await world.databases.names()
    await world.databases.create_template("lch_orphan", "word", 0)
    await world.edge.put_route("lch_orphan", "orphan.apps.localhost", 1)
    found = await launches.sweep(world.database, world.platform.fleet)
    assert found == {"databases": ["lch_orphan"], "processes": [], "routes": ["lch_orphan"]}
    assert await world.databases.names() == before
    assert world.runtime.wanted == {launch_id}
    assert list(await world.edge.routes()) == [launch_id]
