"""SQL of the keys that sign."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select

from serai.kit.db import Session
from serai.modules.identity.models.provider import SigningKey


async def lock_signing_keys(session: Session) -> None:
    """Two who would make a key at once make one."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("signing_keys", 0))))


async def signing_key(session: Session, now: datetime) -> SigningKey | None:
    query = select(SigningKey).where(SigningKey.signs_from <= now, _published(now))
    return (await session.execute(query.order_by(SigningKey.signs_from.desc()).limit(1))).scalar_one_or_none()


async def published_keys(session: Session, now: datetime) -> Sequence[SigningKey]:
    query = select(SigningKey).where(_published(now)).order_by(SigningKey.id)
    return (await session.execute(query)).scalars().all()


async def forget_keys(session: Session, now: datetime) -> None:
    await session.execute(delete(SigningKey).where(SigningKey.published_until <= now))


def _published(now: datetime) -> ColumnElement[bool]:
    return or_(SigningKey.published_until.is_(None), SigningKey.published_until > now)
