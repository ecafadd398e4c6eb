"""What is said to be allowed of a system works, and nothing else does."""

from collections.abc import Awaitable, Callable

import pytest

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Denied, SeraiError
from serai.modules import launches, operations
from tests.factories import World

ACTIONS: dict[str, Callable[..., Awaitable[object]]] = {
    "stop": launches.stop, "start": launches.start, "restart": launches.restart,
    "reset-password": launches.reset_password, "terminate": launches.terminate,
}  # fmt: skip
STATES = ("awaiting_payment", "launching", "running", "stopping", "stopped", "suspended", "resuming",
          "terminating", "failed", "cancelled", "terminated")  # fmt: skip


class TakenBack(Exception):
    """Nothing of it is kept."""


async def take_back(session: Session) -> None:
    raise TakenBack


async def outcome(world: World, actor: Actor, name: str) -> type[SeraiError] | None:
    """Why the action would be refused."""
    try:
        async with world.database.transaction() as session:
            await ACTIONS[name](session, actor, "acme")
            await take_back(session)
    except TakenBack:
        return None
    except SeraiError as error:
        return type(error)
    raise AssertionError


async def allowed(world: World, actor: Actor) -> frozenset[str]:
    async with world.database.transaction() as session:
        return await launches.allowed_actions(session, actor, await launches.find(session, actor, "acme"))


@pytest.mark.parametrize("state", STATES)
async def test_in_each_state_the_allowed_actions_are_those_that_work(world: World, state: str) -> None:
    actor = await world.ground()
    launch_id = await world.launch(actor)
    async with world.database.transaction() as session:
        (await session.get_one(launches.Launch, launch_id)).state = state
    if state in launches.GONE_STATES:
        async with world.database.transaction() as session:
            launch = await session.get_one(launches.Launch, launch_id)
            assert await launches.allowed_actions(session, actor, launch) == frozenset()
        return
    expected = await allowed(world, actor)
    for name in ACTIONS:
        refused = await outcome(world, actor, name)
        assert refused is (None if name in expected else launches.WrongState), name


async def test_nothing_is_allowed_while_an_operation_is_under_way(world: World) -> None:
    actor = await world.ground()
    await world.launch(actor)
    async with world.database.transaction() as session:
        await launches.reset_password(session, actor, "acme")
    assert await allowed(world, actor) == frozenset()
    assert await outcome(world, actor, "stop") is operations.OperationInProgress


async def test_only_what_the_actor_s_role_may_is_allowed(world: World) -> None:
    actor = await world.ground()
    await world.launch(actor)
    viewer = await world.member(actor, "viewer")
    assert "stop" in await allowed(world, actor)
    assert await allowed(world, viewer) == frozenset()
    for name in ACTIONS:
        assert await outcome(world, viewer, name) is Denied


async def test_an_operation_is_cancelled_while_it_runs_and_tried_again_when_it_failed(world: World) -> None:
    actor = await world.ground()
    _launch_id, operation_id = await world.order(actor)

    async def may(who: Actor) -> frozenset[str]:
        async with world.database.transaction() as session:
            return await operations.allowed_actions(
                session, who, await operations.get(session, who, operation_id)
            )

    viewer = await world.member(actor, "viewer")
    assert (await may(actor), await may(viewer)) == ({"cancel", "retry"}, frozenset())
    async with world.database.transaction() as session:
        await operations.cancel(session, actor, operation_id)
    assert await may(actor) == {"retry"}
    assert (await world.run(operation_id)).state == "cancelled"
    assert await may(actor) == {"retry"}
    async with world.database.transaction() as session:
        await operations.retry(session, actor, operation_id)
    assert (await world.run(operation_id)).state == "succeeded"
    assert await may(actor) == frozenset()
