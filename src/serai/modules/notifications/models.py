"""Mails on their way, what became of them, and what the bell shows."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit.db import Base, Instant, Json

WAITING = ("queued", "sending")
STATES = (*WAITING, "sent", "kept", "failed", "bounced", "suppressed", "complained")


class Mail(Base):
    """`due_at`: when it is to be sent or, while it is being sent, taken over from a sender that died.

    `history` holds one entry per attempt and report: {"at", "outcome", "said", "by"}.
    Of kinds that are secret `subject`, `text` and `html` are emptied once the mail was accepted.
    Addresses of the platform stand in `text` and `html` as placeholders (see `links`).
    `attachments`: how many files go with it.
    """

    __tablename__ = "mails"
    __table_args__ = (
        Index("ix_mails_waiting", "priority", "due_at", postgresql_where=text("state IN ('queued', 'sending')")),
        Index(None, "account_id", "id"),
        Index(None, "recipient", "id"),
        Index(None, "state", "id"),
        Index(None, "kind", "id"),
        Index(None, "created_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str | None]
    user_id: Mapped[str | None]
    recipient: Mapped[str]
    kind: Mapped[str]
    language: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str | None]
    headers: Mapped[Json] = mapped_column(default=dict)
    attachments: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="queued")
    priority: Mapped[int] = mapped_column(default=5)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(Instant)
    give_up_at: Mapped[datetime] = mapped_column(Instant)
    claimed_by: Mapped[str | None]
    last_error: Mapped[str | None]
    provider_id: Mapped[str | None]
    history: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    created_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)


class MailAttachment(Base):
    """A file of a mail, kept as long as the mail. `account_id` is the mail's."""

    __tablename__ = "mail_attachments"

    mail_id: Mapped[str] = mapped_column(ForeignKey("mails.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[str | None]
    name: Mapped[str]
    media_type: Mapped[str]
    content: Mapped[bytes]


class MailSuppression(Base):
    """An address that gets no more mails; a `hard` one (it does not exist) not even those that matter."""

    __tablename__ = "mail_suppressions"

    address: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    hard: Mapped[bool]
    detail: Mapped[str]
    mail_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(Instant)


class MailReport(Base):
    """What a provider told of a mail after it had accepted it; `id` is the provider's, so that a
    report that comes twice counts once."""

    __tablename__ = "mail_reports"

    id: Mapped[str] = mapped_column(primary_key=True)
    mail_id: Mapped[str | None] = mapped_column(index=True)
    address: Mapped[str]
    outcome: Mapped[str]
    detail: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant, index=True)


class MailOptOut(Base):
    """Somebody without a user of ours does not want this group of mails."""

    __tablename__ = "mail_opt_outs"

    address: Mapped[str] = mapped_column(primary_key=True)
    group: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant)


class NotificationPreference(Base):
    """What a user chose for a group on a channel, where it differs from the group's own default."""

    __tablename__ = "notification_preferences"
    __table_args__ = (Index(None, "group", "channel"),)

    user_id: Mapped[str] = mapped_column(primary_key=True)
    group: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    wanted: Mapped[bool]
    changed_at: Mapped[datetime] = mapped_column(Instant)


class Notification(Base):
    """One entry of a user's bell. `title` is a message of the catalogue, shown in the reader's
    language with `values` in its places."""

    __tablename__ = "notifications"
    __table_args__ = (
        Index(None, "user_id", "id"),
        Index(None, "created_at"),
        Index("ix_notifications_unread", "user_id", postgresql_where=text("read_at IS NULL")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str]
    account_id: Mapped[str | None]
    group: Mapped[str]
    title: Mapped[str]
    values: Mapped[Json] = mapped_column(default=dict)
    link: Mapped[str]
    icon: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    digested_at: Mapped[datetime | None] = mapped_column(Instant)
