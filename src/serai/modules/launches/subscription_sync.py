"""Systems follow their subscription: paid they run, unpaid they are suspended, and in the end removed.

It looks at how things are, not at what has just happened: asked late or twice it does the same.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import or_, select

from serai.kit import clock, events
from serai.kit.actor import SYSTEM
from serai.kit.db import Session
from serai.kit.i18n import N_
from serai.modules import billing, catalog, fleet, notifications, operations
from serai.modules.identity import provider
from serai.modules.launches import queries
from serai.modules.launches.models import GONE_STATES, Launch

# How long a system that was cancelled is kept, suspended, for a change of mind.
KEPT = timedelta(days=14)
_RESTING = {"suspended": "unpaid", "paused": "paused", "cancelled": "cancelled"}
_SERVED = ("trialing", "active", "past_due")


async def follow(session: Session, launch_id: str, *, again: bool = False) -> bool:
    """Do what the subscription's state asks of its system; whether anything was to be done. Raises
    OperationInProgress while another operation is under way: it is asked again. Where there is no room
    for more, the customer is told, but not `again`."""
    launch = await session.get_one(Launch, launch_id, with_for_update=True, populate_existing=True)
    if launch.is_gone or launch.state == "terminating":
        return False
    state = await billing.subscriptions.of_launch(session, launch_id)
    if state is None:
        return False
    if state.status in _SERVED:
        return await _serve(session, launch, state, again=again)
    if state.reason == billing.subscriptions.AT_REST and state.status == "paused":
        return False  # it rests with its account, and comes back with that as it was
    if state.status in _RESTING:
        return await _rest(session, launch, _RESTING[state.status])
    if state.status == "ended":
        return await _end(session, launch, state)
    return False


async def unlike_subscription(session: Session) -> list[str]:
    """Systems that may have been busy or without room when their subscription changed, and those that were
    cancelled."""
    resting = await billing.subscriptions.launches_at_rest(session)
    waits = Launch.state.in_(("awaiting_payment", "suspended"))
    query = select(Launch.id).where(
        Launch.subscription_id.is_not(None), Launch.state.not_in(GONE_STATES),
        or_(waits, Launch.id.in_(resting)),
    )  # fmt: skip
    return sorted({*(await session.execute(query)).scalars(), *await _unlike_their_plan(session)})


async def follow_or_end(session: Session, launch_id: str) -> bool:
    """Once more; or remove it, when its time after a cancellation is over."""
    return await follow(session, launch_id, again=True) or await _time_is_over(session, launch_id)


async def _unlike_their_plan(session: Session) -> list[str]:
    """Systems that do not have what they are subscribed to: they were busy, or there was no room."""
    plans = await billing.subscriptions.packages_of_launches(session)
    doubtful = [
        (launch_id, package_id, resources) for launch_id, package_id, resources in await queries.running(session)
        if (items := plans.get(launch_id)) and (resources or len(items) > 1 or items[0][0] != package_id)
    ]  # fmt: skip
    wanted = {each for launch_id, _package, _more in doubtful for each, _quantity in plans[launch_id]}
    found = await catalog.packages_by_id(
        session, wanted | {package_id for _id, package_id, _more in doubtful}
    )
    return [
        launch_id for launch_id, package_id, resources in doubtful
        if package_id != plans[launch_id][0][0]
        or _resources(found, plans[launch_id]) != (resources or found[package_id].resources)
    ]  # fmt: skip


async def _serve(
    session: Session, launch: Launch, state: billing.subscriptions.State, *, again: bool
) -> bool:
    launch.terminate_at = None
    if launch.state == "awaiting_payment":
        await begin(session, launch, "launch", "launching")
        return True
    if launch.state == "suspended":
        await begin(session, launch, "resume", "resuming")
        return True
    if launch.state in {"running", "stopped"}:
        try:
            return await resize(session, launch, state)
        except fleet.NoCapacity:
            if not again:
                await _tell_it_waits(session, launch)
    return False


async def _tell_it_waits(session: Session, launch: Launch) -> None:
    await notifications.tell(
        session, "launches", N_("%(name)s gets its new resources as soon as its server has room for them"),
        account_id=launch.account_id, link=f"/console/systems/{launch.id}", icon="alert-triangle",
        name=launch.name,
    )  # fmt: skip


async def resize(session: Session, launch: Launch, state: billing.subscriptions.State) -> bool:
    """Give it what its package and add-ons allow. Raises NoCapacity."""
    resources, base = await resources_of(session, state), state.plan.base
    current = launch.resources or await catalog.package_resources(session, launch.package_id)
    if resources != current:
        await fleet.resize(session, launch.id, int(resources["memory"]))
    launch.package_id, launch.package = base.package_id, base.package
    if resources == current:
        return False
    launch.resources = resources
    if launch.state == "running":
        await begin(session, launch, "resize", "resizing")
    return True


async def resources_of(session: Session, state: billing.subscriptions.State) -> dict[str, float]:
    """The package's resources with those of its add-ons on top."""
    found = await catalog.packages_by_id(session, [item.package_id for item in state.plan.items])
    return _resources(found, [(item.package_id, item.quantity) for item in state.plan.items])


def _resources(
    found: Mapping[str, catalog.PackageView], items: Sequence[tuple[str, int]]
) -> dict[str, float]:
    (base, _quantity), *addons = items
    resources, _limits = catalog.resources_with(found[base], [(found[each], many) for each, many in addons])
    return resources


async def _rest(session: Session, launch: Launch, reason: str) -> bool:
    if launch.state == "awaiting_payment":
        return await _give_up(session, launch)
    if reason == "cancelled" and launch.terminate_at is None:
        launch.terminate_at = clock.now() + KEPT
    if launch.state not in {"running", "stopped"}:
        launch.suspension = reason if launch.state == "suspended" else launch.suspension
        return False
    launch.suspension = reason
    await begin(session, launch, "suspend", "suspending")
    return True


async def _end(session: Session, launch: Launch, state: billing.subscriptions.State) -> bool:
    if launch.state == "awaiting_payment":
        return await _give_up(session, launch)
    if state.reason == "unpaid" and launch.state in {"running", "stopped", "suspended"}:
        await begin(session, launch, "terminate", "terminating")
        return True
    return False


async def _time_is_over(session: Session, launch_id: str) -> bool:
    launch = await session.get_one(Launch, launch_id, with_for_update=True)
    if launch.terminate_at is None or launch.terminate_at > clock.now() or launch.state != "suspended":
        return False
    await begin(session, launch, "terminate", "terminating")
    return True


async def _give_up(session: Session, launch: Launch) -> bool:
    """An order that was not paid: its name and its room are free again."""
    launch.state, launch.ended_at, launch.sealed_password = "cancelled", clock.now(), None
    await fleet.release(session, launch.id)
    await provider.withdraw(session, SYSTEM, launch.id)
    await events.publish(session, SYSTEM, "launches.given_up", launch.id, launch.account_id, name=launch.name)
    return True


async def begin(session: Session, launch: Launch, kind: str, becomes: str) -> operations.Operation:
    before = launch.state
    operation = await operations.enqueue(
        session, SYSTEM, kind, subject=launch.id, subject_name=launch.name,
        account_id=launch.account_id, input={"from_state": before},
    )  # fmt: skip
    launch.state = becomes
    await events.publish(
        session, SYSTEM, f"launches.{kind}_requested", launch.id, launch.account_id,
        before={"state": before}, after={"state": becomes}, name=launch.name,
    )  # fmt: skip
    return operation
