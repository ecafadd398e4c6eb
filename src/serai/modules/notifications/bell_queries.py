"""The SQL of the bell and of what people wish to hear of."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from serai.kit.db import Session
from serai.modules import identity
from serai.modules.notifications.models import MailOptOut, Notification, NotificationPreference


async def unread(session: Session, user_id: str) -> int:
    query = select(func.count()).select_from(Notification)
    query = query.where(Notification.user_id == user_id, Notification.read_at.is_(None))
    return (await session.execute(query)).scalar_one()


async def page(
    session: Session, user_id: str, *, unread_only: bool = False, before: str | None = None, limit: int = 20
) -> Sequence[Notification]:
    """Newest first."""
    query = select(Notification).where(Notification.user_id == user_id)
    if unread_only:
        query = query.where(Notification.read_at.is_(None))
    if before:
        query = query.where(Notification.id < before)
    query = query.order_by(Notification.id.desc()).limit(limit)
    return (await session.execute(query)).scalars().all()


async def find(session: Session, user_id: str, notification_id: str) -> Notification | None:
    query = select(Notification).where(Notification.user_id == user_id, Notification.id == notification_id)
    return (await session.execute(query)).scalar_one_or_none()


async def mark_all_read(session: Session, user_id: str, now: datetime) -> int:
    mine = (Notification.user_id == user_id) & Notification.read_at.is_(None)
    statement = update(Notification).where(mine).values(read_at=now).returning(Notification.id)
    return len((await session.execute(statement)).all())


async def forget_before(session: Session, moment: datetime) -> None:
    await session.execute(delete(Notification).where(Notification.created_at < moment))


async def preferences(session: Session, user_ids: Sequence[str]) -> dict[tuple[str, str, str], bool]:
    """{(user, group, channel): wanted}, as far as they chose."""
    row = NotificationPreference
    query = select(row.user_id, row.group, row.channel, row.wanted).where(row.user_id.in_(user_ids))
    return {(user, group, channel): wanted for user, group, channel, wanted in await session.execute(query)}


async def prefer(
    session: Session, user_id: str, group: str, channel: str, now: datetime, *, wanted: bool
) -> None:
    statement = insert(NotificationPreference).values(
        user_id=user_id, group=group, channel=channel, wanted=wanted, changed_at=now
    )
    keys = ["user_id", "group", "channel"]
    changed = {"wanted": wanted, "changed_at": now}
    await session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))


async def due_for_digest(session: Session, since: datetime, limit: int) -> Sequence[str]:
    """Users who want the digest, have unread entries no digest held yet, and got none `since`."""
    row, entry, user = NotificationPreference, Notification, identity.User
    wants = (row.group == "digest") & (row.channel == "mail") & row.wanted
    mine = entry.user_id == row.user_id
    fresh = exists().where(mine, entry.read_at.is_(None), entry.digested_at.is_(None))
    recent = exists().where(mine, entry.digested_at > since)
    left = exists().where(MailOptOut.address == user.email, MailOptOut.group == row.group)
    active = user.deactivated_at.is_(None)
    query = select(row.user_id).join(user, user.id == row.user_id).where(wants, active, fresh, ~recent, ~left)
    query = query.order_by(row.user_id).limit(limit)
    return (await session.execute(query)).scalars().all()


async def for_digest(session: Session, user_id: str) -> Sequence[Notification]:
    """The unread ones that no digest held yet, newest first, locked; whoever comes second gets none."""
    entry = Notification
    open_ = (entry.user_id == user_id) & entry.read_at.is_(None) & entry.digested_at.is_(None)
    query = select(entry).where(open_).order_by(entry.id.desc()).with_for_update(skip_locked=True)
    return (await session.execute(query)).scalars().all()


async def members(session: Session, account_id: str) -> Sequence[str]:
    """The people of an account."""
    member = identity.Membership
    query = select(member.user_id).where(member.account_id == account_id, member.deactivated_at.is_(None))
    return (await session.execute(query)).scalars().all()
