"""What Serai signs with, who may sign in to which system with it, and what directories say."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit.db import Base, Instant, Json


class SigningKey(Base):
    """`id` is the `kid`. Published in the key set from `created_at` to `published_until`; the newest
    one past its `signs_from` signs. `sealed_key` is the private half, encrypted by the vault."""

    __tablename__ = "signing_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    public_key: Mapped[Json]
    sealed_key: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant)
    signs_from: Mapped[datetime] = mapped_column(Instant)
    published_until: Mapped[datetime | None] = mapped_column(Instant)


class SignInClient(Base):
    """A launch as an OIDC client: its id is the launch's. `ended_at`: failed or removed."""

    __tablename__ = "sign_in_clients"

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str]
    secret_hash: Mapped[str]
    address: Mapped[str]
    redirect_uri: Mapped[str]
    open_uri: Mapped[str | None]
    roles: Mapped[Json]
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class SignInGrant(Base):
    """One sign-in to one system. `kind`: code (OIDC) or open; the code's SHA-256 is kept only.

    Access tokens name their grant and are good while it stands and its session lives.
    """

    __tablename__ = "sign_in_grants"
    __table_args__ = (Index(None, "expires_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    code_hash: Mapped[str] = mapped_column(unique=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("sign_in_clients.id"), index=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    session_id: Mapped[str]
    redirect_uri: Mapped[str | None]
    scope: Mapped[str]
    nonce: Mapped[str | None]
    code_challenge: Mapped[str | None]
    signed_in_at: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class DirectoryEntry(Base):
    """Somebody of the account as its directory (SCIM) knows them.

    `user_id`: the member, once the invitation was accepted; until then `email` is invited and `active`
    says whether that stands. `document`: what the directory said of them.
    """

    __tablename__ = "directory_entries"
    __table_args__ = (UniqueConstraint("account_id", "user_name"), UniqueConstraint("account_id", "user_id"))

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    user_name: Mapped[str]
    email: Mapped[str]
    active: Mapped[bool]
    document: Mapped[Json]
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
