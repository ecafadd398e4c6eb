"""Which mails a sender works on: rows are claimed for a while, and taken over when it has passed.

What is too late to be of use is not claimed: it fails.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import case, func, select, update

from serai.kit.db import Session
from serai.modules.notifications import suppressions
from serai.modules.notifications.kinds import KINDS
from serai.modules.notifications.models import WAITING, Mail

_LATE_AT_ONCE = 1000
_LATE = "Too late: it was worth sending until "


async def claim(session: Session, sender: str, now: datetime, lease: timedelta, limit: int) -> Sequence[Mail]:
    """What is due, the urgent first, now this sender's until the lease has passed."""
    await _fail_late(session, now)
    due = (
        select(Mail.id)
        .where(Mail.state.in_(WAITING), Mail.due_at <= now, Mail.give_up_at > now)
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


async def _fail_late(session: Session, now: datetime) -> None:
    """End those whose time is over, whoever had them; of secret ones nothing is kept."""
    late = (
        select(Mail.id)
        .where(Mail.state.in_(WAITING), Mail.due_at <= now, Mail.give_up_at <= now)
        .limit(_LATE_AT_ONCE)
        .with_for_update(skip_locked=True)
        .cte("late")
    )
    end = func.to_char(func.timezone("UTC", Mail.give_up_at), "YYYY-MM-DD HH24:MI")
    before = func.coalesce(" UTC. Before: " + Mail.last_error, " UTC.")
    is_open = Mail.kind.in_([each.name for each in KINDS.values() if not each.secret])
    statement = (
        update(Mail)
        .where(Mail.id.in_(select(late.c.id)))
        .values(
            state="failed", claimed_by=None, last_error=_LATE + end + before,
            subject=case((is_open, Mail.subject), else_=""), text=case((is_open, Mail.text), else_=""),
            html=case((is_open, Mail.html)),
        )  # fmt: skip
    )
    await session.execute(statement, execution_options={"synchronize_session": False})


async def next_due(session: Session) -> datetime | None:
    query = select(func.min(Mail.due_at)).where(Mail.state.in_(WAITING))
    return (await session.execute(query)).scalar_one()
