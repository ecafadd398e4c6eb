"""The ways in: what each person signs in with, who vouches for them, and what is under way."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit.db import Base, Instant, Json

_PERSON = "users.id"


class PasswordCredential(Base):
    """`hash` is argon2id's own form, with its parameters."""

    __tablename__ = "password_credentials"

    user_id: Mapped[str] = mapped_column(ForeignKey(_PERSON, ondelete="CASCADE"), primary_key=True)
    hash: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(Instant)


class TotpCredential(Base):
    """Counts once `confirmed_at` is set; `last_step` is the newest time step that was used."""

    __tablename__ = "totp_credentials"

    user_id: Mapped[str] = mapped_column(ForeignKey(_PERSON, ondelete="CASCADE"), primary_key=True)
    sealed_secret: Mapped[str]
    last_step: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)


class RecoveryCode(Base):
    """One of ten; all ten share one salt, so that a guess is hashed once."""

    __tablename__ = "recovery_codes"

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey(_PERSON, ondelete="CASCADE"), index=True)
    salt: Mapped[str]
    code_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class Passkey(Base):
    """A WebAuthn credential; `sign_count` is 0 for ever with authenticators that do not count."""

    __tablename__ = "passkeys"

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey(_PERSON, ondelete="CASCADE"), index=True)
    name: Mapped[str]
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    backed_up: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)


class IdentityProvider(Base):
    """Who vouches for people: an OpenID Connect issuer, or GitHub. `key` stands in addresses."""

    __tablename__ = "identity_providers"

    id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    name: Mapped[str]
    issuer: Mapped[str]
    client_id: Mapped[str]
    sealed_secret: Mapped[str]
    is_on: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(Instant)


class LinkedSignIn(Base):
    """A person at a provider. Issuer and subject say who it is; the e-mail is only shown."""

    __tablename__ = "linked_sign_ins"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey(_PERSON, ondelete="CASCADE"), index=True)
    provider_id: Mapped[str] = mapped_column(ForeignKey("identity_providers.id"))
    issuer: Mapped[str]
    subject: Mapped[str]
    email: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)


class Ticket(Base):
    """The next step of something begun: single use, short-lived, known by its token's hash, and where
    `browser_hash` is set only to the browser that began it."""

    __tablename__ = "tickets"
    __table_args__ = (Index(None, "browser_hash", "purpose"), Index(None, "user_id", "purpose"))

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    browser_hash: Mapped[str | None]
    user_id: Mapped[str | None] = mapped_column(ForeignKey(_PERSON, ondelete="CASCADE"))
    data: Mapped[Json]
    attempts: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class AttemptBudget(Base):
    """Failures counted against an address, an account or a known device."""

    __tablename__ = "attempt_budgets"

    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(Instant, index=True)
    closed_until: Mapped[datetime | None] = mapped_column(Instant)


class KnownDevice(Base):
    """A browser in which a person has signed in; its long-lived cookie's SHA-256."""

    __tablename__ = "known_devices"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(
        ForeignKey(_PERSON, ondelete="CASCADE"), primary_key=True, index=True
    )
    first_seen_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
