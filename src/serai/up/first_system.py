"""What `serai up` fills the platform with: the products' blueprints, a way to pay, a first system."""

import asyncio
from contextlib import suppress
from pathlib import Path

from serai.composition import Platform
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Session
from serai.kit.errors import SeraiError
from serai.modules import billing, catalog, launches, operations
from serai.terminal.output import complaints, console
from serai.terminal.progress import watch
from serai.terminal.session import OPERATOR_EMAIL, operator

_ANSWER_SECONDS = 60


async def load(platform: Platform, path: Path) -> None:
    """A blueprint with mistakes is told and passed over; the others are still sold."""
    try:
        blueprint = await asyncio.to_thread(catalog.load, path)
    except SeraiError as error:
        complaints.print(f"{path} is left out:\n{error.message}", style="yellow", markup=False)
        return
    async with platform.database.transaction() as session:
        await catalog.sync(session, SYSTEM, blueprint)


async def ensure_sandbox(platform: Platform) -> None:
    """Something to pay with on a platform of one's own, until another gateway is set up."""
    async with platform.database.transaction() as session:
        if platform.settings.environment != "development":
            return
        if await billing.payments.reading.set_up_gateways(session, SYSTEM):
            return
        await billing.payments.set_up(session, SYSTEM, platform.gateways, "sandbox", {}, test_mode=True)
    await platform.gateways.test("sandbox")
    async with platform.database.transaction() as session:
        await billing.payments.switch(session, SYSTEM, "sandbox", on=True)


async def ensure_launch(platform: Platform, product: str, name: str) -> None:
    """Launch it unless it exists; wait until what is under way for it has ended."""
    try:
        async with platform.database.transaction() as session:
            actor = await operator(session)
            operation_id = await _find_or_create(session, actor, platform, product, name)
    except SeraiError as error:
        complaints.print(f"{name} is not launched: {error.message}", style="yellow", markup=False)
        return
    if operation_id is None:
        await _wait_until_it_answers(platform, actor, name)
        return
    console.print(f"Launching {name} ({product}). The first launch of a product builds its release.")
    snapshot = await watch(platform, actor, operation_id)
    if snapshot.state != "succeeded":
        complaints.print(
            f"{name} was not launched: {snapshot.error or snapshot.state}\n"
            f"The platform runs all the same. Try again: bin/serai operation retry {operation_id}",
            markup=False,
        )


async def _wait_until_it_answers(platform: Platform, actor: Actor, name: str) -> None:
    """A system that ran before comes up again with the platform."""
    async with platform.database.transaction() as session:
        launch = await launches.find(session, actor, name)
    if launch.state == "running":
        try:
            drivers = await platform.fleet.of_launch(launch.id)
            if drivers is not None:
                await drivers.runtime.wait_healthy(launch.id, _ANSWER_SECONDS)
        except SeraiError as error:
            complaints.print(f"{name} does not answer yet: {error.message}", style="yellow", markup=False)


async def _find_or_create(
    session: Session, actor: Actor, platform: Platform, product: str, name: str
) -> str | None:
    with suppress(launches.LaunchNotFound):
        launch = await launches.find(session, actor, name)
        if launch.state not in {"failed", "cancelled"}:  # nor is one that was terminated made again
            newest = await operations.newest_of(session, actor, launch.id)
            return newest.id if newest and not newest.is_final else None
    order = launches.Order(product, None, name, OPERATOR_EMAIL)
    _, operation = await launches.create(
        session,
        actor,
        platform.settings,
        platform.vault,
        order,
    )
    return operation.id
