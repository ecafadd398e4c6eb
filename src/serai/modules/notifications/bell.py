"""What the bell holds: short messages to a person, shown live and kept until they are read."""

from collections.abc import Sequence
from typing import Any

from serai.kit import clock, ids
from serai.kit.actor import Actor
from serai.kit.db import Session, as_platform, notify
from serai.kit.errors import Denied, NotFound
from serai.kit.i18n import _
from serai.modules.notifications import bell_queries, policy, preferences
from serai.modules.notifications.kinds import GROUPS
from serai.modules.notifications.models import Notification

CHANNEL = "notifications"
"""Carries the id of a user whose bell has changed."""


async def tell(
    session: Session, group: str, title: str, *, link: str, user_id: str | None = None,
    account_id: str | None = None, icon: str = "bell", **values: Any,
) -> int:  # fmt: skip
    """Tell a user, or everybody of an account, if and when the transaction commits.

    `title` is a message marked with `N_()`, `values` fill its places; `link` is a path of ours.
    Returns how many were told: those who switched the group off are not.
    """
    if not link.startswith("/") or link.startswith("//"):
        raise ValueError(f"the bell leads to pages of ours, not to {link}")
    async with as_platform(session):  # others' wishes are asked for, and others' bells rung
        everybody = [user_id] if user_id else await bell_queries.members(session, account_id or "")
        wanting = await preferences.who_want_the_bell(session, everybody, GROUPS[group])
        for each in wanting:
            session.add(
                Notification(
                    id=ids.new("ntf"), user_id=each, account_id=account_id, group=group, title=title,
                    values=values, link=link, icon=icon, created_at=clock.now(),
                )
            )  # fmt: skip
            await notify(session, CHANNEL, each)
    return len(wanting)


async def unread(session: Session, actor: Actor) -> int:
    return await bell_queries.unread(session, actor.user_id) if actor.user_id else 0


async def page(
    session: Session, actor: Actor, *, unread_only: bool = False, before: str | None = None, limit: int = 20
) -> Sequence[Notification]:
    """The actor's own, newest first."""
    return await bell_queries.page(
        session, _person(actor), unread_only=unread_only, before=before, limit=limit
    )


async def read(session: Session, actor: Actor, notification_id: str) -> Notification:
    """Mark it read. Raises NotFound for what is not the actor's own."""
    policy.MANAGE_BELL.require(actor, owner_id=actor.user_id)
    found = await bell_queries.find(session, _person(actor), notification_id)
    if found is None:
        raise NotFound(_("There is no message %(id)s.", id=notification_id))
    if found.read_at is None:
        found.read_at = clock.now()
        await notify(session, CHANNEL, found.user_id)
    return found


async def read_all(session: Session, actor: Actor) -> int:
    policy.MANAGE_BELL.require(actor, owner_id=actor.user_id)
    count = await bell_queries.mark_all_read(session, _person(actor), clock.now())
    if count:
        await notify(session, CHANNEL, _person(actor))
    return count


def _person(actor: Actor) -> str:
    if actor.user_id is None:
        raise Denied(_("Messages belong to people: sign in as one."))
    return actor.user_id
