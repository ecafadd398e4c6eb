"""Once a day, by mail, what the bell holds unread: for those who asked for it."""

from datetime import timedelta

from serai.kit import clock
from serai.kit.db import Session
from serai.kit.i18n import gettext, use_locale
from serai.modules import identity
from serai.modules.notifications import bell_queries
from serai.modules.notifications.queue import mail

EVERY = timedelta(hours=23)
_LONGEST = 20


async def send_digest(session: Session, user_id: str) -> bool:
    """Whether there was anything to mail. Repeatable: what a digest held is held by no other."""
    entries = await bell_queries.for_digest(session, user_id)
    if not entries:
        return False
    user = await session.get_one(identity.User, user_id)
    with use_locale(user.language):
        newest = entries[:_LONGEST]
        shown = [{"title": gettext(each.title, **each.values), "link": each.link} for each in newest]
    made = await mail(
        session, "digest", user.email, language=user.language, user_id=user_id, entries=shown,
        more=len(entries) - len(shown),
    )  # fmt: skip
    if made is None:
        return False
    for each in entries:
        each.digested_at = clock.now()
    return True
