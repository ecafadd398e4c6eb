"""The provider's SQL."""

from datetime import datetime

from sqlalchemy import delete, select

from serai.kit.db import Session
from serai.modules.identity.models.provider import SignInClient, SignInGrant


async def client(session: Session, client_id: str) -> SignInClient | None:
    return await session.get(SignInClient, client_id)


async def remove_grants_of(session: Session, client_id: str) -> None:
    await session.execute(delete(SignInGrant).where(SignInGrant.client_id == client_id))


async def grant_by_code(session: Session, kind: str, code_hash: str) -> SignInGrant | None:
    """Locked, so that of two who redeem it at once one comes second."""
    query = select(SignInGrant).where(SignInGrant.kind == kind, SignInGrant.code_hash == code_hash)
    return (await session.execute(query.with_for_update())).scalar_one_or_none()


async def grant(session: Session, grant_id: str) -> SignInGrant | None:
    return await session.get(SignInGrant, grant_id)


async def forget_grants(session: Session, before: datetime) -> None:
    await session.execute(delete(SignInGrant).where(SignInGrant.expires_at < before))
