"""SQL about what directories say of an account's people."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, delete, select, update

from serai.kit.db import Session
from serai.modules.identity.models import DirectoryEntry, Invitation, Membership, User

EntryWithMember = tuple[DirectoryEntry, Membership | None]


async def entries(session: Session, account_id: str) -> Sequence[EntryWithMember]:
    """With the membership of those who have joined; in the order they became known."""
    query = (
        select(DirectoryEntry, Membership)
        .outerjoin(Membership, _joined())
        .where(DirectoryEntry.account_id == account_id)
        .order_by(DirectoryEntry.id)
    )
    return [(entry, member) for entry, member in (await session.execute(query)).all()]


async def entry(session: Session, account_id: str, entry_id: str) -> EntryWithMember | None:
    """Locked, until the change that is asked for has been made."""
    query = (
        select(DirectoryEntry, Membership)
        .outerjoin(Membership, _joined())
        .where(DirectoryEntry.account_id == account_id, DirectoryEntry.id == entry_id)
        .with_for_update(of=DirectoryEntry)
    )
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def link(session: Session, account_id: str, email: str, user_id: str) -> None:
    """Who was invited with that address has joined."""
    statement = update(DirectoryEntry).where(
        DirectoryEntry.account_id == account_id, DirectoryEntry.email == email,
        DirectoryEntry.user_id.is_(None),
    )  # fmt: skip
    await session.execute(statement.values(user_id=user_id))


async def members_unknown(session: Session, account_id: str) -> Sequence[User]:
    """Members of whom the directory has no entry yet."""
    known = select(DirectoryEntry.user_id).where(
        DirectoryEntry.account_id == account_id, DirectoryEntry.user_id.is_not(None)
    )
    query = (
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.account_id == account_id, User.id.not_in(known))
        .order_by(User.id)
    )
    return (await session.execute(query)).scalars().all()


async def forget_who_left(session: Session, account_id: str) -> None:
    """Entries of members who are none any more."""
    here = select(Membership.user_id).where(Membership.account_id == account_id)
    statement = delete(DirectoryEntry).where(
        DirectoryEntry.account_id == account_id, DirectoryEntry.user_id.is_not(None),
        DirectoryEntry.user_id.not_in(here),
    )  # fmt: skip
    await session.execute(statement)


async def open_invitation(session: Session, account_id: str, email: str) -> Invitation | None:
    query = select(Invitation).where(
        Invitation.account_id == account_id, Invitation.email == email,
        Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None),
    )  # fmt: skip
    return (await session.execute(query)).scalar_one_or_none()


def _joined() -> ColumnElement[bool]:
    return and_(
        Membership.account_id == DirectoryEntry.account_id, Membership.user_id == DirectoryEntry.user_id
    )
