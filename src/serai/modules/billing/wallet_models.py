"""Money of a wallet that is set aside."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit.db import Base, Instant


class WalletHold(Base):
    """`state`: held, captured, released. What is left of a partial capture goes back to the wallet."""

    __tablename__ = "wallet_holds"
    __table_args__ = (
        Index(None, "account_id", "id"),
        Index("ix_wallet_holds_expiring", "expires_at", postgresql_where=text("state = 'held'")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    currency: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    captured: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str]
    state: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
