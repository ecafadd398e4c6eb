"""Addresses that get no more mails: they bounced, or their owner complained."""

from collections.abc import Sequence

from sqlalchemy import select

from serai.kit import clock, events
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Session
from serai.kit.errors import NotFound
from serai.kit.i18n import _
from serai.modules.notifications import policy, queries
from serai.modules.notifications.kinds import BILLING, SECURITY, group_of, is_secret
from serai.modules.notifications.models import Mail, MailSuppression

_ESSENTIAL = {SECURITY, BILLING}


def bars(suppression: MailSuppression, kind: str) -> bool:
    """What matters is tried still, unless nobody is there at all."""
    return suppression.hard or group_of(kind).name not in _ESSENTIAL


def bar_mail(mail: Mail, suppression: MailSuppression) -> None:
    mail.state, mail.claimed_by, mail.last_error = "suppressed", None, suppression.detail
    if is_secret(mail.kind):
        mail.subject, mail.text, mail.html = "", "", None


async def bar(session: Session, mails: Sequence[Mail]) -> set[str]:
    """Take those out whose address was suppressed after they had been queued; their ids."""
    if not mails:
        return set()
    addresses = {each.recipient for each in mails}
    query = select(MailSuppression).where(MailSuppression.address.in_(addresses))
    found = {row.address: row for row in (await session.execute(query)).scalars()}
    barred = set()
    for mail in mails:
        suppression = found.get(mail.recipient)
        if suppression is not None and bars(suppression, mail.kind):
            bar_mail(mail, suppression)
            barred.add(mail.id)
    return barred


async def add_bounce(session: Session, address: str, detail: str, mail_id: str | None) -> None:
    """Nobody has this address."""
    await _add(session, address, "bounced", detail, mail_id, hard=True)


async def add_complaint(session: Session, address: str, detail: str, mail_id: str | None) -> None:
    """Its owner called a mail of ours unwanted."""
    await _add(session, address, "complained", detail, mail_id, hard=False)


async def listed(
    session: Session, actor: Actor, *, search: str | None = None, after: str | None = None, limit: int = 50
) -> Sequence[MailSuppression]:
    policy.READ_MAILS.require(actor)
    return await queries.suppressions(session, search=search, after=after, limit=limit)


async def of(session: Session, actor: Actor, address: str) -> MailSuppression | None:
    policy.READ_MAILS.require(actor)
    return await queries.suppression(session, address)


async def lift(session: Session, actor: Actor, address: str) -> None:
    """Send there again. Raises NotFound for an address that is not on the list."""
    policy.MANAGE_MAILS.require(actor)
    if not await queries.lift(session, address):
        raise NotFound(_("%(address)s is not on the list.", address=address))
    await events.publish(session, actor, "notifications.suppression_lifted", address)


async def _add(
    session: Session, address: str, reason: str, detail: str, mail_id: str | None, *, hard: bool
) -> None:
    address = address.strip().lower()
    new = await queries.suppress(
        session, address, reason=reason, hard=hard, detail=detail[:500], mail_id=mail_id, now=clock.now()
    )
    if new:
        await events.publish(
            session, SYSTEM, "notifications.address_suppressed", address, reason=reason, hard=hard,
            mail=mail_id,
        )  # fmt: skip
