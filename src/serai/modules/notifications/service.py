"""Write mails, and read them back in development."""

from collections.abc import Sequence

from sqlalchemy import select

from serai.kit import clock, ids
from serai.kit.db import Session
from serai.modules.notifications.models import Mail


async def send_mail(session: Session, recipient: str, subject: str, text: str) -> None:
    """Sent if and only if the session's transaction commits."""
    session.add(
        Mail(id=ids.new("mail"), recipient=recipient, subject=subject, text=text,
             created_at=clock.now())
    )  # fmt: skip


async def mailbox(session: Session, limit: int = 50) -> Sequence[Mail]:
    """Newest first."""
    query = select(Mail).order_by(Mail.id.desc()).limit(limit)
    return (await session.execute(query)).scalars().all()
