"""Once a day, by mail, what the bell holds unread: for those who asked for it."""

from datetime import timedelta

from serai.kit import clock
from serai.kit.db import Database, Session
from serai.kit.i18n import gettext, use_locale
from serai.modules import identity
from serai.modules.notifications import bell_queries
from serai.modules.notifications.queue import mail

_EVERY = timedelta(hours=23)
_AT_ONCE = 100
_LONGEST = 20


async def send_digests(database: Database) -> int:
    """Mail the digests that are due, each in a transaction of its own; how many."""
    sent = 0
    async with database.transaction() as session:
        users = await bell_queries.due_for_digest(session, clock.now() - _EVERY, _AT_ONCE)
    for user_id in users:
        async with database.transaction() as session:
            sent += await _send_to(session, user_id)
    return sent


async def _send_to(session: Session, user_id: str) -> int:
    """Repeatable: what a digest held is held by no other."""
    entries = await bell_queries.for_digest(session, user_id)
    if not entries:
        return 0
    user = await session.get_one(identity.User, user_id)
    with use_locale(user.language):
        newest = entries[:_LONGEST]
        shown = [{"title": gettext(each.title, **each.values), "link": each.link} for each in newest]
    made = await mail(
        session, "digest", user.email, language=user.language, user_id=user_id, entries=shown,
        more=len(entries) - len(shown),
    )  # fmt: skip
    if made is None:
        return 0
    for each in entries:
        each.digested_at = clock.now()
    return 1
