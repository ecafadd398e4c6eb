"""What follows from a launch's life, and from its account's."""

from serai.kit import events
from serai.kit.actor import SYSTEM
from serai.kit.db import Session
from serai.kit.i18n import N_
from serai.modules import notifications
from serai.modules.launches.following import follow
from serai.modules.launches.models import Launch
from serai.modules.launches.service import find


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
@events.subscribe("identity.account_reactivated")
@events.subscribe("identity.account_deleted")
async def follow_the_account(session: Session, event: events.Event) -> None:
    await follow(session, event.subject)
