"""Identity's SQL about people and accounts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update

from serai.kit.db import Session
from serai.modules.identity.models import Account, ApiToken, Invitation, Membership, Role, User, WebSession


async def user_by_email(session: Session, email: str) -> User | None:
    return (await session.execute(select(User).where(User.email == email))).scalar_one_or_none()


async def lock_email(session: Session, email: str) -> None:
    """Until the transaction's end, whoever else asks for this address waits."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(email, 0))))


async def lock_account(session: Session, account_id: str) -> Account | None:
    """Changes of one account's team wait for each other: two last owners must not leave at once."""
    query = select(Account).where(Account.id == account_id).with_for_update()
    query = query.execution_options(populate_existing=True)
    return (await session.execute(query)).scalar_one_or_none()


async def accounts_of(session: Session, user_id: str) -> Sequence[tuple[Account, Membership]]:
    """Where the person is an active member, first joined first; deleted accounts left out."""
    query = (
        select(Account, Membership)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.user_id == user_id, Membership.deactivated_at.is_(None), Account.deleted_at.is_(None))
        .order_by(Membership.joined_at, Account.id)
    )
    return [(account, membership) for account, membership in (await session.execute(query)).all()]


async def members(session: Session, account_id: str) -> Sequence[tuple[Membership, User]]:
    query = (
        select(Membership, User)
        .join(User, User.id == Membership.user_id)
        .where(Membership.account_id == account_id)
        .order_by(User.email)
    )
    return [(membership, user) for membership, user in (await session.execute(query)).all()]


async def membership(session: Session, account_id: str, user_id: str) -> Membership | None:
    return await session.get(Membership, (account_id, user_id))


async def count_owners(session: Session, account_id: str) -> int:
    query = (
        select(func.count())
        .select_from(Membership)
        .join(User, User.id == Membership.user_id)
        .where(Membership.account_id == account_id, Membership.role == "owner")
        .where(Membership.deactivated_at.is_(None), User.deactivated_at.is_(None))
    )
    return (await session.execute(query)).scalar_one()


async def roles(session: Session, account_id: str) -> Sequence[Role]:
    query = select(Role).where(Role.account_id == account_id).order_by(Role.name)
    return (await session.execute(query)).scalars().all()


async def count_with_role(session: Session, account_id: str, role: str) -> int:
    """Members, and invitations that are still open."""
    held = select(func.count()).select_from(Membership)
    held = held.where(Membership.account_id == account_id, Membership.role == role)
    promised = select(func.count()).select_from(Invitation).where(
        Invitation.account_id == account_id, Invitation.role == role,
        Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None),
    )  # fmt: skip
    return sum([(await session.execute(query)).scalar_one() for query in (held, promised)])


async def open_invitations(session: Session, account_id: str) -> Sequence[Invitation]:
    query = (
        select(Invitation)
        .where(Invitation.account_id == account_id)
        .where(Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None))
        .order_by(Invitation.email)
    )
    return (await session.execute(query)).scalars().all()


async def invitation_by_token(session: Session, token_hash: str) -> Invitation | None:
    query = select(Invitation).where(Invitation.token_hash == token_hash).with_for_update()
    return (await session.execute(query)).scalar_one_or_none()


async def end_sessions_in(session: Session, account_id: str, user_id: str | None = None) -> None:
    """Of one member, or of everybody, in that account."""
    statement = delete(WebSession).where(WebSession.account_id == account_id)
    await session.execute(statement.where(WebSession.user_id == user_id) if user_id else statement)


async def revoke_keys_in(
    session: Session, account_id: str, now: datetime, user_id: str | None = None
) -> None:
    statement = update(ApiToken).where(ApiToken.account_id == account_id, ApiToken.revoked_at.is_(None))
    statement = statement.where(ApiToken.user_id == user_id) if user_id else statement
    await session.execute(statement.values(revoked_at=now))


async def revoke_invitations_of(
    session: Session, account_id: str, user_id: str, now: datetime
) -> None:
    """Those still open to the address of somebody who has just been changed otherwise."""
    address = select(User.email).where(User.id == user_id).scalar_subquery()
    statement = update(Invitation).where(
        Invitation.account_id == account_id, Invitation.email == address,
        Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None),
    )  # fmt: skip
    await session.execute(statement.values(revoked_at=now))


async def delete_memberships_of(session: Session, user_id: str) -> None:
    await session.execute(delete(Membership).where(Membership.user_id == user_id))


async def invitations_since(
    session: Session, account_id: str, moment: datetime, email: str | None = None
) -> int:
    query = select(func.count()).select_from(Invitation)
    query = query.where(Invitation.account_id == account_id, Invitation.created_at > moment)
    query = query.where(Invitation.email == email) if email else query
    return (await session.execute(query)).scalar_one()


async def hold_account(session: Session, account_id: str) -> Account | None:
    """Its state stays as it is until the transaction's end."""
    query = select(Account).where(Account.id == account_id).with_for_update(read=True)
    query = query.execution_options(populate_existing=True)
    return (await session.execute(query)).scalar_one_or_none()


async def accounts_not_active(session: Session) -> Sequence[Account]:
    query = select(Account).where(Account.deactivated_at.is_not(None) | Account.deleted_at.is_not(None))
    return (await session.execute(query)).scalars().all()


async def staff(session: Session) -> Sequence[User]:
    query = select(User).where(User.staff_role.is_not(None)).order_by(User.email)
    return (await session.execute(query)).scalars().all()


async def accounts_page(
    session: Session, *, search: str, before: str | None, limit: int
) -> Sequence[tuple[Account, int]]:
    """Newest first, with the number of members."""
    count = (
        select(func.count()).select_from(Membership).where(Membership.account_id == Account.id)
    ).scalar_subquery()
    query = select(Account, count).order_by(Account.id.desc()).limit(limit)
    if search:
        having = (
            select(Membership.account_id)
            .join(User, User.id == Membership.user_id)
            .where(User.email.icontains(search, autoescape=True))
        )
        matches = Account.name.icontains(search, autoescape=True)
        query = query.where(matches | Account.id.in_(having) | (Account.id == search))
    query = query.where(Account.id < before) if before else query
    return [(account, number) for account, number in (await session.execute(query)).all()]
