"""The SQL of mails; that of the bell and of wishes stands in `bell_queries`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, false, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import insert

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.notifications.models import Mail, MailAttachment, MailOptOut, MailReport, MailSuppression


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """What belongs to the actor's account; all of them to the platform."""
    if actor.is_platform:
        return true()
    return Mail.account_id == actor.account_id if actor.account_id else false()


async def page(
    session: Session, actor: Actor, *, state: str | None = None, kind: str | None = None,
    search: str | None = None, account_id: str | None = None, before: str | None = None, limit: int = 20,
) -> Sequence[Mail]:  # fmt: skip
    """Newest first. `search` is a part of the recipient's address."""
    query = select(Mail).where(visible_to(actor))
    for column, wanted in ((Mail.state, state), (Mail.kind, kind), (Mail.account_id, account_id)):
        if wanted:
            query = query.where(column == wanted)
    if search:
        query = query.where(Mail.recipient.contains(search.lower(), autoescape=True))
    if before:
        query = query.where(Mail.id < before)
    query = query.order_by(Mail.id.desc()).limit(limit)
    return (await session.execute(query)).scalars().all()


async def mail(session: Session, actor: Actor, mail_id: str, *, lock: bool = False) -> Mail | None:
    query = select(Mail).where(Mail.id == mail_id, visible_to(actor))
    if lock:
        query = query.with_for_update()
    return (await session.execute(query)).scalar_one_or_none()


async def attachments(session: Session, mail_id: str) -> Sequence[MailAttachment]:
    query = select(MailAttachment).where(MailAttachment.mail_id == mail_id).order_by(MailAttachment.position)
    return (await session.execute(query)).scalars().all()


async def to_retry(session: Session, state: str, since: datetime) -> Sequence[Mail]:
    """Locked, oldest first; not those of which nothing is left."""
    query = select(Mail).where(Mail.state == state, Mail.created_at >= since, Mail.text != "")
    return (await session.execute(query.order_by(Mail.id).with_for_update())).scalars().all()


async def count_by_state(session: Session) -> dict[str, int]:
    rows = await session.execute(select(Mail.state, func.count()).group_by(Mail.state))
    return dict(rows.tuples().all())


async def forget_mails_before(session: Session, moment: datetime) -> int:
    """Those that have ended. Returns how many there were."""
    ended = Mail.state.not_in(("queued", "sending"))
    statement = delete(Mail).where(ended, Mail.created_at < moment).returning(Mail.id)
    gone = len((await session.execute(statement)).all())
    await session.execute(delete(MailReport).where(MailReport.received_at < moment))
    return gone


async def suppression(session: Session, address: str) -> MailSuppression | None:
    return await session.get(MailSuppression, address)


async def suppressions(
    session: Session, *, search: str | None = None, after: str | None = None, limit: int = 50
) -> Sequence[MailSuppression]:
    """By address."""
    query = select(MailSuppression).order_by(MailSuppression.address).limit(limit)
    if search:
        query = query.where(MailSuppression.address.contains(search.lower(), autoescape=True))
    if after:
        query = query.where(MailSuppression.address > after)
    return (await session.execute(query)).scalars().all()


async def suppress(
    session: Session, address: str, *, reason: str, hard: bool, detail: str, mail_id: str | None, now: datetime
) -> bool:
    """Whether the address was new to the list; a hard reason replaces a soft one."""
    table, is_hard = MailSuppression.__table__.c, literal(hard)
    statement = insert(MailSuppression).values(
        address=address, reason=reason, hard=hard, detail=detail, mail_id=mail_id, created_at=now
    )
    statement = statement.on_conflict_do_update(
        index_elements=[MailSuppression.address],
        set_={"reason": reason, "hard": or_(table.hard, is_hard), "detail": detail, "mail_id": mail_id},
        where=or_(~table.hard, is_hard),
    )
    made = statement.returning(MailSuppression.created_at)
    return (await session.execute(made)).scalar_one_or_none() == now


async def lift(session: Session, address: str) -> bool:
    statement = delete(MailSuppression).where(MailSuppression.address == address)
    return (await session.execute(statement.returning(MailSuppression.address))).one_or_none() is not None


async def opted_out(session: Session, address: str, group: str) -> bool:
    return await session.get(MailOptOut, (address, group)) is not None


async def opt_out(session: Session, address: str, group: str, now: datetime) -> None:
    statement = insert(MailOptOut).values(address=address, group=group, created_at=now)
    await session.execute(statement.on_conflict_do_nothing())


async def opt_in(session: Session, address: str, group: str) -> None:
    found = (MailOptOut.address == address) & (MailOptOut.group == group)
    await session.execute(delete(MailOptOut).where(found))


async def is_new_report(session: Session, report: MailReport) -> bool:
    """Keep it; false when it is there already. A second one at once waits for the first one's end."""
    values = {column.name: getattr(report, column.name) for column in MailReport.__table__.columns}
    statement = insert(MailReport).values(**values).on_conflict_do_nothing()
    return (await session.execute(statement.returning(MailReport.id))).one_or_none() is not None
