"""Read the trail: an account's own, a person's own, or for staff all of it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from psycopg.errors import QueryCanceled
from sqlalchemy import Select, String, cast, func, or_, select, text
from sqlalchemy.exc import OperationalError

from serai.kit import events, ids
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Invalid, NotFound
from serai.kit.i18n import _
from serai.modules.audit.models import AuditRecord
from serai.modules.audit.policy import EXPORT, READ

_LONGEST_SEARCH = 100
_NEWEST = 2000
# Texts are looked for record by record: a search of years must not hold a connection for minutes.
_PATIENCE = text("SET LOCAL statement_timeout = '10s'")


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; nothing given means everything. `text` is found in names, subjects,
    actions and addresses. `account_id` narrows down what staff see."""

    text: str = ""
    action: str = ""
    subject: str = ""
    actor: str = ""
    account_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


async def page(
    session: Session, actor: Actor, search: Search, *, before: str | None = None, limit: int = 50
) -> Sequence[AuditRecord]:
    """Newest first."""
    READ.require(actor, account_id=actor.account_id)
    query = _matching(actor, search).order_by(AuditRecord.id.desc()).limit(limit)
    query = query.where(AuditRecord.id < before) if before else query
    await session.execute(_PATIENCE)
    try:
        return (await session.execute(query)).scalars().all()
    except OperationalError as error:
        if not isinstance(error.orig, QueryCanceled):
            raise
        raise Invalid(
            _("That search takes too long. Narrow it down: choose an action or a shorter time.")
        ) from error


async def get(session: Session, actor: Actor, record_id: str) -> AuditRecord:
    READ.require(actor, account_id=actor.account_id)
    query = _matching(actor, Search()).where(AuditRecord.id == record_id)
    record = (await session.execute(query)).scalar_one_or_none()
    if record is None:
        raise NotFound(_("There is no audit record %(id)s.", id=record_id))
    return record


async def actions(session: Session, actor: Actor) -> Sequence[str]:
    """The kinds of actions among the newest records, to choose from."""
    READ.require(actor, account_id=actor.account_id)
    newest = _matching(actor, Search()).order_by(AuditRecord.id.desc()).limit(_NEWEST)
    inner = newest.subquery()
    query = select(inner.c.action).distinct().order_by(inner.c.action)
    return (await session.execute(query)).scalars().all()


async def note_export(session: Session, actor: Actor, search: Search) -> None:
    """Record that somebody takes the log out; to be committed before the first line is sent."""
    EXPORT.require(actor, account_id=actor.account_id)
    asked = {name: str(value) for name, value in asdict(search).items() if value}
    subject = actor.account_id or "platform"
    await events.publish(session, actor, "audit.exported", subject, actor.account_id, search=asked)


async def export(session: Session, actor: Actor, search: Search) -> AsyncIterator[AuditRecord]:
    """All that matches, oldest first, read from the server piece by piece."""
    EXPORT.require(actor, account_id=actor.account_id)
    query = _matching(actor, search).order_by(AuditRecord.id).execution_options(yield_per=500)
    async for record in await session.stream_scalars(query):
        yield record


def _matching(actor: Actor, search: Search) -> Select[tuple[AuditRecord]]:
    query = select(AuditRecord)
    if not actor.is_platform:
        query = query.where(AuditRecord.account_id == actor.account_id)
    elif search.account_id:
        query = query.where(AuditRecord.account_id == search.account_id)
    for column, value in ((AuditRecord.action, search.action), (AuditRecord.subject, search.subject)):
        query = query.where(column == value) if value else query
    if search.actor:
        name, ident = AuditRecord.actor["name"].as_string(), AuditRecord.actor["id"].as_string()
        query = query.where(or_(func.lower(name) == search.actor.lower(), ident == search.actor))
    if search.text:
        wanted = search.text.strip()[:_LONGEST_SEARCH]
        columns = (AuditRecord.action, AuditRecord.subject, AuditRecord.ip, cast(AuditRecord.actor, String))
        query = query.where(or_(*(column.icontains(wanted, autoescape=True) for column in columns)))
    # Ids begin with the time, and are indexed.
    query = query.where(AuditRecord.id >= ids.first_at("aud", search.since)) if search.since else query
    return query.where(AuditRecord.id < ids.first_at("aud", search.until)) if search.until else query
