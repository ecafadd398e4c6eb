"""Signed-in browsers, and the codes that make them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit.db import Base, Instant


class SignInCode(Base):
    """`code_hash` is keyed by the id, so that equal codes do not look alike. With
    `browser_hash` it works in the browser only that asked for it."""

    __tablename__ = "sign_in_codes"
    __table_args__ = (Index(None, "email", "created_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str]
    code_hash: Mapped[str]
    browser_hash: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class WebSession(Base):
    """The cookie's SHA-256 finds it. `method`: how the person signed in. With `impersonator_id`
    it is a member of staff who looks at, or acts in, the user's account."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    method: Mapped[str]
    ip: Mapped[str | None]
    user_agent: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    sudo_at: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    impersonator_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    read_only: Mapped[bool] = mapped_column(default=False)


class SupportGrant(Base):
    """An account's consent that support may act in it for a while."""

    __tablename__ = "support_grants"

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    may_change: Mapped[bool] = mapped_column(default=False)
    granted_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
