"""Identity's SQL about sessions, codes and keys. By the hash of a secret, whoever holds it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, delete, or_, select, update
from sqlalchemy.orm import aliased

from serai.kit.db import Session
from serai.modules.identity.models import (
    Account,
    ApiToken,
    Membership,
    Role,
    SignInCode,
    User,
    WebSession,
)

_CODES_COUNT = timedelta(hours=1)  # so long they stand against their address


async def holder_of_session(session: Session, token_hash: str) -> Row[Any] | None:
    """(session, user, account, membership or None, own role's permissions or None, impersonator or
    None)"""
    staff = aliased(User)
    query = (
        select(WebSession, User, Account, Membership, Role.permissions, staff)
        .join(User, User.id == WebSession.user_id)
        .join(Account, Account.id == WebSession.account_id)
        .outerjoin(Membership, _membership(WebSession.account_id, WebSession.user_id))
        .outerjoin(Role, and_(Role.id == Membership.role, Role.account_id == Membership.account_id))
        .outerjoin(staff, and_(staff.id == WebSession.impersonator_id, staff.deactivated_at.is_(None)))
        .where(WebSession.token_hash == token_hash, User.deactivated_at.is_(None))
    )
    return (await session.execute(query)).one_or_none()


async def holder_of_key(session: Session, condition: Any) -> Row[Any] | None:
    """(key, its maker, account, membership or None, own role's permissions or None)"""
    query = (
        select(ApiToken, User, Account, Membership, Role.permissions)
        .join(User, User.id == ApiToken.user_id)
        .join(Account, Account.id == ApiToken.account_id)
        .outerjoin(Membership, _membership(ApiToken.account_id, ApiToken.user_id))
        .outerjoin(Role, and_(Role.id == Membership.role, Role.account_id == Membership.account_id))
        .where(condition, ApiToken.revoked_at.is_(None), User.deactivated_at.is_(None))
    )
    return (await session.execute(query)).one_or_none()


def _membership(account_id: Any, user_id: Any) -> Any:
    return and_(
        Membership.account_id == account_id, Membership.user_id == user_id,
        Membership.deactivated_at.is_(None),
    )  # fmt: skip


async def set_session(session: Session, session_id: str, **values: object) -> None:
    await session.execute(update(WebSession).where(WebSession.id == session_id).values(**values))


async def delete_session(session: Session, token_hash: str) -> None:
    await session.execute(delete(WebSession).where(WebSession.token_hash == token_hash))


async def delete_visits_of(session: Session, user_id: str) -> None:
    """Support's sessions in customers' accounts."""
    await session.execute(delete(WebSession).where(WebSession.impersonator_id == user_id))


async def last_account(session: Session, user_id: str) -> str | None:
    """The one the person worked in lately, in whichever browser."""
    query = select(WebSession.account_id).where(
        WebSession.user_id == user_id, WebSession.impersonator_id.is_(None)
    )
    return (await session.execute(query.order_by(WebSession.seen_at.desc()).limit(1))).scalar_one_or_none()


async def delete_visits_in(session: Session, account_id: str) -> None:
    found = delete(WebSession).where(WebSession.account_id == account_id)
    await session.execute(found.where(WebSession.impersonator_id.is_not(None)))


async def sessions_of(session: Session, user_id: str) -> Sequence[WebSession]:
    """Newest first; not those of support."""
    query = select(WebSession).where(WebSession.user_id == user_id, WebSession.impersonator_id.is_(None))
    return (await session.execute(query.order_by(WebSession.seen_at.desc()))).scalars().all()


async def delete_sessions_of(session: Session, user_id: str, *, but: str | None = None) -> int:
    """All of the person's, in every account, and their visits for support; how many there were."""
    theirs = or_(
        and_(WebSession.user_id == user_id, WebSession.impersonator_id.is_(None)),
        WebSession.impersonator_id == user_id,
    )
    statement = delete(WebSession).where(theirs)
    statement = statement.where(WebSession.id != but) if but else statement
    found = await session.execute(statement.returning(WebSession.id))
    return len(found.all())


async def delete_expired(session: Session, now: datetime) -> None:
    """Sessions that have ended, and codes that nothing counts any more."""
    await session.execute(delete(WebSession).where(WebSession.expires_at < now))
    await session.execute(delete(SignInCode).where(SignInCode.expires_at < now - _CODES_COUNT))


async def keys(session: Session, account_id: str | None) -> Sequence[ApiToken]:
    query = select(ApiToken).order_by(ApiToken.id.desc())
    query = query.where(ApiToken.account_id == account_id) if account_id else query
    return (await session.execute(query)).scalars().all()


async def set_key(session: Session, key_id: str, **values: object) -> None:
    await session.execute(update(ApiToken).where(ApiToken.id == key_id).values(**values))
