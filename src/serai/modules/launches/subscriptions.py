"""What follows from a launch's life, and from its account's."""

from collections.abc import Awaitable, Callable

from serai.kit import events
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Session
from serai.kit.errors import Conflict
from serai.kit.i18n import N_
from serai.modules import notifications
from serai.modules.launches import queries
from serai.modules.launches.models import Launch
from serai.modules.launches.service import find, start, stop, terminate

Change = Callable[[Session, Actor, str], Awaitable[object]]
_SETTLED = {"running", "stopped"}


@events.subscribe("launches.launched")
async def tell_that_it_is_ready(session: Session, event: events.Event) -> None:
    launch = await find(session, SYSTEM, event.subject)
    await _tell(session, launch, "launch_ready", N_("%(name)s is ready"), "rocket", url=launch.url)


@events.subscribe("launches.failed")
async def tell_that_it_failed(session: Session, event: events.Event) -> None:
    launch = await find(session, SYSTEM, event.subject)
    await _tell(session, launch, "launch_failed", N_("%(name)s could not be launched"), "alert-triangle")


async def _tell(session: Session, launch: Launch, kind: str, title: str, icon: str, **more: str) -> None:
    """By mail to who ordered it, by the bell to everybody of the account."""
    page = f"/console/systems/{launch.id}"
    await notifications.mail(
        session, kind, launch.email, language=launch.language, account_id=launch.account_id,
        name=launch.name, link=page, **more,
    )  # fmt: skip
    await notifications.tell(
        session, "launches", title, account_id=launch.account_id, link=page, icon=icon, name=launch.name
    )


@events.subscribe("identity.account_deactivated")
async def stop_its_systems(session: Session, event: events.Event) -> None:
    await _each(session, event, {"running"}, stop)


@events.subscribe("identity.account_reactivated")
async def start_its_systems(session: Session, event: events.Event) -> None:
    await _each(session, event, {"stopped"}, start)


@events.subscribe("identity.account_deleted")
async def remove_its_systems(session: Session, event: events.Event) -> None:
    await _each(session, event, {"running", "stopped", "terminating"}, terminate)


async def _each(session: Session, event: events.Event, states: set[str], change: Change) -> None:
    """All of the account's that are in one of `states`. One that is busy raises, so that the event
    is handled again later."""
    for launch in await queries.of_account(session, event.subject):
        if launch.state in states:
            await change(session, SYSTEM, launch.id)
        elif not launch.is_gone and launch.state not in _SETTLED:
            raise Conflict(f"{launch.name} is {launch.state}; the account's change waits for it.")
