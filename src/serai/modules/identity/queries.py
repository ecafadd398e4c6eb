"""Identity's SQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update

from serai.kit.db import Session
from serai.modules.identity.models import (
    Account,
    ApiToken,
    Membership,
    SignInCode,
    User,
    WebSession,
)


async def user_by_email(session: Session, email: str) -> User | None:
    return (await session.execute(select(User).where(User.email == email))).scalar_one_or_none()


async def lock_email(session: Session, email: str) -> None:
    """Until the transaction's end, whoever else asks for this address waits."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(email, 0))))


async def first_account_of(session: Session, user_id: str) -> Account | None:
    query = (
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.user_id == user_id)
        .order_by(Account.id)
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def codes_since(session: Session, email: str, moment: datetime) -> int:
    query = select(func.count()).select_from(SignInCode)
    query = query.where(SignInCode.email == email, SignInCode.created_at > moment)
    return (await session.execute(query)).scalar_one()


async def open_code(session: Session, email: str, now: datetime) -> SignInCode | None:
    """The newest code that is neither used nor expired, locked against a second try at once."""
    query = (
        select(SignInCode)
        .where(SignInCode.email == email, SignInCode.used_at.is_(None), SignInCode.expires_at > now)
        .order_by(SignInCode.id.desc())
        .limit(1)
        .with_for_update()
    )
    return (await session.execute(query)).scalar_one_or_none()


async def session_with_user(
    session: Session, token_hash: str, now: datetime
) -> tuple[WebSession, User] | None:
    query = (
        select(WebSession, User)
        .join(User, User.id == WebSession.user_id)
        .where(WebSession.token_hash == token_hash, WebSession.expires_at > now)
    )
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def touch_session(session: Session, token_hash: str, now: datetime) -> None:
    statement = update(WebSession).where(WebSession.token_hash == token_hash)
    await session.execute(statement.values(seen_at=now))


async def delete_session(session: Session, token_hash: str) -> None:
    await session.execute(delete(WebSession).where(WebSession.token_hash == token_hash))


async def usable_token(session: Session, token_hash: str, now: datetime) -> ApiToken | None:
    query = select(ApiToken).where(
        ApiToken.token_hash == token_hash,
        ApiToken.revoked_at.is_(None),
        (ApiToken.expires_at.is_(None)) | (ApiToken.expires_at > now),
    )
    return (await session.execute(query)).scalar_one_or_none()


async def tokens(session: Session) -> Sequence[ApiToken]:
    return (await session.execute(select(ApiToken).order_by(ApiToken.id))).scalars().all()


async def token(session: Session, token_id: str) -> ApiToken | None:
    return await session.get(ApiToken, token_id)
