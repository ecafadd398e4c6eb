"""What follows from a launch's life, and from its account's."""

from typing import Any

from serai.kit import events
from serai.kit.actor import SYSTEM
from serai.kit.db import Session
from serai.kit.i18n import N_
from serai.modules import billing, notifications
from serai.modules.launches import subscription_sync
from serai.modules.launches.account_sync import follow
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


async def _tell(session: Session, launch: Launch, kind: str, title: str, icon: str, **more: Any) -> None:
    """By mail to who ordered it, by the bell to everybody of the account."""
    page = f"/console/systems/{launch.id}"
    await notifications.mail(
        session, kind, launch.email, language=launch.language, account_id=launch.account_id,
        name=launch.name, link=page, **more,
    )  # fmt: skip
    await notifications.tell(
        session, "launches", title, account_id=launch.account_id, link=page, icon=icon, name=launch.name
    )


_STANDING = (
    "activated", "changed", "suspended", "resumed", "paid_up", "paused", "unpaused", "ended",
)  # fmt: skip


async def follow_the_subscription(session: Session, event: events.Event) -> None:
    """Conflict when the system is busy: the queue tries again, and so does the worker's regular look."""
    if event.data.get("launch_id"):
        await subscription_sync.follow(session, event.data["launch_id"])


for _word in _STANDING:
    events.subscribe(f"billing.subscription_{_word}")(follow_the_subscription)


@events.subscribe("launches.failed")
@events.subscribe("launches.cancelled")
async def give_the_money_back(session: Session, event: events.Event) -> None:
    """A launch that came to nothing is paid for by nobody."""
    state = await billing.subscriptions.of_launch(session, event.subject)
    if state is None or state.is_over:
        return
    after = await billing.subscriptions.give_back(session, SYSTEM, state.id, "launch_failed")
    await billing.payments.refunds.of_subscription(session, SYSTEM, after.id, "launch_failed")


@events.subscribe("launches.terminated")
async def end_the_subscription(session: Session, event: events.Event) -> None:
    """What is left of the paid time of a system that was removed goes into the wallet."""
    state = await billing.subscriptions.of_launch(session, event.subject)
    if state is not None and not state.is_over:
        await billing.subscriptions.cancel(session, SYSTEM, state.id, "now", reason="system_removed")


@events.subscribe("identity.account_deactivated")
@events.subscribe("identity.account_reactivated")
@events.subscribe("identity.account_deleted")
async def follow_the_account(session: Session, event: events.Event) -> None:
    await follow(session, event.subject)
