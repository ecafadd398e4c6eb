"""What follows from a launch's life."""

from serai.kit import events
from serai.kit.actor import SYSTEM
from serai.kit.db import Session
from serai.kit.i18n import _, use_locale
from serai.modules import notifications
from serai.modules.launches.service import find


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
