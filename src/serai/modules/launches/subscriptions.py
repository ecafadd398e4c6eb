"""What follows from a launch's life, and from its account's."""

from collections.abc import Awaitable, Callable

from serai.kit import events
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Session
from serai.kit.errors import Conflict
from serai.kit.i18n import _, use_locale
from serai.modules import notifications
from serai.modules.launches import queries
from serai.modules.launches.service import find, start, stop, terminate

Change = Callable[[Session, Actor, str], Awaitable[object]]
_SETTLED = {"running", "stopped"}


@events.subscribe("launches.launched")
async def tell_that_it_is_ready(session: Session, event: events.Event) -> None:
    launch = await find(session, SYSTEM, event.subject)
    with use_locale(launch.language):
        await notifications.send_mail(
            session,
            launch.email,
            _("%(name)s is ready", name=launch.name),
            _(
                "Your system %(name)s runs at %(url)s. The page of the system in the console "
                "shows its credentials once.",
                name=launch.name, url=launch.url,
            ),
        )  # fmt: skip


@events.subscribe("launches.failed")
async def tell_that_it_failed(session: Session, event: events.Event) -> None:
    launch = await find(session, SYSTEM, event.subject)
    with use_locale(launch.language):
        await notifications.send_mail(
            session,
            launch.email,
            _("%(name)s could not be launched", name=launch.name),
            _(
                "Launching %(name)s failed and everything was cleaned up. You can try again on "
                "the system's page in the console.",
                name=launch.name,
            ),
        )  # fmt: skip


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
