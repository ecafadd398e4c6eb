"""The EmailQueue: a mail is a row, written with the change it tells of, and sent by a worker later."""

from collections.abc import Sequence
from typing import Any

from serai.contracts.mail import Attachment
from serai.kit import clock, ids
from serai.kit.actor import SYSTEM
from serai.kit.db import Session, as_platform, notify
from serai.modules import identity
from serai.modules.notifications import preferences, queries, rendering, suppressions
from serai.modules.notifications.attachments import check, keep
from serai.modules.notifications.kinds import GROUPS, KINDS
from serai.modules.notifications.models import Mail

CHANNEL = "mails"


async def mail(
    session: Session, kind: str, recipient: str, *, language: str, account_id: str | None = None,
    user_id: str | None = None, attachments: Sequence[Attachment] = (), **context: Any,
) -> Mail | None:  # fmt: skip
    """Queue a mail of that kind; it is sent if and only if the session's transaction commits.

    None when the recipient does not want mails of its group. `account_id`: in whose log it stands.
    `user_id`: whose address it is; without it, the person is found by the address.
    Raises Invalid for `attachments` that are too large.
    """
    check(attachments)
    known, recipient = KINDS[kind], recipient.strip().lower()
    made, now = rendering.render(kind, language, context), clock.now()
    async with as_platform(session):  # the recipient's wishes, whoever they are
        if user_id is None:
            user_id = await identity.people.id_of_email(session, recipient)
        if not await preferences.wants_mail(session, recipient, user_id, GROUPS[known.group]):
            return None
        row = Mail(
            id=ids.new("mail"), account_id=account_id, user_id=user_id, recipient=recipient, kind=kind,
            language=language, subject=made.subject, text=made.text, html=made.html, headers={},
            attachments=len(attachments), state="queued", priority=known.priority, attempts=0, due_at=now,
            give_up_at=now + known.lifetime, history=[], created_at=now,
        )  # fmt: skip
        return await _queue(session, row, attachments)


async def mailbox(session: Session, limit: int = 50) -> Sequence[Mail]:
    """Newest first, whatever became of them: for the development's mailbox."""
    return await queries.page(session, SYSTEM, limit=limit)


async def _queue(session: Session, row: Mail, attachments: Sequence[Attachment]) -> Mail:
    barred = await queries.suppression(session, row.recipient)
    if barred is not None and suppressions.bars(barred, row.kind):
        suppressions.bar_mail(row, barred)
    session.add(row)
    await session.flush()
    keep(session, row, attachments)
    await session.flush()
    await notify(session, CHANNEL, "")
    return row
