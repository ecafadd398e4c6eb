"""People, accounts, and who is what where."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from serai.kit import clock
from serai.kit.db import Base, Instant


class User(Base):
    """A person. `staff_role` makes them staff of the platform; `deactivated_at` shuts them out."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="en")
    staff_role: Mapped[str | None]
    email_verified_at: Mapped[datetime | None] = mapped_column(Instant)
    deactivated_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)

    @property
    def is_staff(self) -> bool:
        return self.staff_role is not None


class Account(Base):
    """A customer. Deactivated: its systems rest. Deleted: they are removed, and it is only a name
    in the records."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant)
    deactivated_by_staff: Mapped[bool] = mapped_column(default=False)
    second_step_required: Mapped[bool] = mapped_column(default=False)
    deactivated_at: Mapped[datetime | None] = mapped_column(Instant)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def state(self) -> str:
        if self.deleted_at is not None:
            return "deleted"
        return "deactivated" if self.deactivated_at is not None else "active"


class Membership(Base):
    """`role`: the key of a built-in role, or the id of one of the account's own."""

    __tablename__ = "memberships"
    __table_args__ = (Index(None, "user_id"),)

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    role: Mapped[str]
    joined_at: Mapped[datetime] = mapped_column(Instant, default=clock.now)
    deactivated_at: Mapped[datetime | None] = mapped_column(Instant)


class Role(Base):
    """An account's own role: a list of permissions by name."""

    __tablename__ = "roles"
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str]
    permissions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime] = mapped_column(Instant)


class Invitation(Base):
    """Open until it is accepted, revoked or expired."""

    __tablename__ = "invitations"
    __table_args__ = (
        Index(
            "uq_invitations_open", "account_id", "email", unique=True,
            postgresql_where=text("accepted_at IS NULL AND revoked_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    email: Mapped[str]
    role: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    invited_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
