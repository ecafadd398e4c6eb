"""Which mails a sender works on: rows are claimed for a while, and taken over when it has passed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from serai.kit.db import Session
from serai.modules.notifications import suppressions
from serai.modules.notifications.models import WAITING, Mail


async def claim(session: Session, sender: str, now: datetime, lease: timedelta, limit: int) -> Sequence[Mail]:
    """What is due, the urgent first, now this sender's until the lease has passed."""
    due = (
        select(Mail.id)
        .where(Mail.state.in_(WAITING), Mail.due_at <= now)
        .order_by(Mail.priority, Mail.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    statement = (
        update(Mail)
        .where(Mail.id.in_(select(due.c.id)))
        .values(state="sending", claimed_by=sender, due_at=now + lease, attempts=Mail.attempts + 1)
        .returning(Mail)
    )
    found = (await session.execute(statement)).scalars().all()
    barred = await suppressions.bar(session, found)
    open_ = (each for each in found if each.id not in barred)
    return sorted(open_, key=lambda each: (each.priority, each.id))


async def next_due(session: Session) -> datetime | None:
    query = select(func.min(Mail.due_at)).where(Mail.state.in_(WAITING))
    return (await session.execute(query)).scalar_one()
