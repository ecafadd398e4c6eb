"""The EmailQueue: a mail is a row, written with the change it tells of, and sent by a worker later."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from serai.kit import clock, ids
from serai.kit.actor import SYSTEM
from serai.kit.db import Session, as_platform, notify
from serai.kit.i18n import get_locale
from serai.modules.notifications import preferences, queries, rendering, suppressions
from serai.modules.notifications.kinds import GROUPS, KINDS, NORMAL
from serai.modules.notifications.models import Mail

CHANNEL = "mails"
PLAIN_LIFETIME = timedelta(days=2)


async def mail(
    session: Session, kind: str, recipient: str, *, language: str, account_id: str | None = None,
    user_id: str | None = None, **context: Any,
) -> Mail | None:  # fmt: skip
    """Queue a mail of that kind; it is sent if and only if the session's transaction commits.

    None when the recipient does not want mails of its group. `account_id`: in whose log it stands.
    """
    known = KINDS[kind]
    recipient = recipient.strip().lower()
    made = rendering.render(kind, language, context)
    row = _row(
        known.name, recipient, language, made.subject, made.text, html=made.html,
        account_id=account_id, user_id=user_id, priority=known.priority, lifetime=known.lifetime,
    )  # fmt: skip
    async with as_platform(session):  # the recipient's wishes, whoever they are
        if not await preferences.wants_mail(session, recipient, user_id, GROUPS[known.group]):
            return None
        return await _queue(session, row)


async def send_mail(session: Session, recipient: str, subject: str, text: str) -> None:
    """A mail without a template. Sent if and only if the session's transaction commits."""
    async with as_platform(session):  # as above
        await _queue(session, _row("note", recipient.strip().lower(), get_locale(), subject, text))


async def mailbox(session: Session, limit: int = 50) -> Sequence[Mail]:
    """Newest first, whatever became of them: for the development's mailbox."""
    return await queries.page(session, SYSTEM, limit=limit)


async def _queue(session: Session, row: Mail) -> Mail:
    barred = await queries.suppression(session, row.recipient)
    if barred is not None and suppressions.bars(barred, row.kind):
        suppressions.bar_mail(row, barred)
    session.add(row)
    await session.flush()
    await notify(session, CHANNEL, "")
    return row


def _row(
    kind: str, recipient: str, language: str, subject: str, text: str, *, html: str | None = None,
    account_id: str | None = None, user_id: str | None = None, priority: int = NORMAL,
    lifetime: timedelta = PLAIN_LIFETIME,
) -> Mail:  # fmt: skip
    now = clock.now()
    return Mail(
        id=ids.new("mail"), account_id=account_id, user_id=user_id, recipient=recipient, kind=kind,
        language=language, subject=subject, text=text, html=html, headers={}, state="queued",
        priority=priority, attempts=0, due_at=now, give_up_at=now + lifetime, history=[], created_at=now,
    )  # fmt: skip
