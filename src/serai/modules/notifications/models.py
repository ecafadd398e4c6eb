"""Mails. In development they stay here, to be read on the mailbox page."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from serai.kit.db import Base, Instant


class Mail(Base):
    __tablename__ = "mails"

    id: Mapped[str] = mapped_column(primary_key=True)
    recipient: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant)
