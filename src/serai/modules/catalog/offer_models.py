"""What single customers pay less: special prices and coupons."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit.db import Base, Instant, Json


class SpecialPrice(Base):
    """For one account, or for all customers of a partner. `scope` price means a period of a package
    (and, for a fixed amount, its currency) in whatever version. `bps`: percent off × 100."""

    __tablename__ = "special_prices"
    __table_args__ = (
        CheckConstraint("(account_id IS NULL) <> (partner_id IS NULL)", name="customer"),
        CheckConstraint("(bps IS NULL) <> (amount IS NULL)", name="kind"),
        CheckConstraint("bps BETWEEN 1 AND 10000", name="bps"),
        CheckConstraint("amount >= 0 AND (amount IS NULL) = (currency IS NULL)", name="amount"),
        CheckConstraint("valid_until > valid_from", name="interval"),
        CheckConstraint("scope IN ('all', 'product', 'package', 'price')", name="scope"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    partner_id: Mapped[str | None] = mapped_column(index=True)
    scope: Mapped[str]
    product_id: Mapped[str | None] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    package_id: Mapped[str | None] = mapped_column(ForeignKey("packages.id", ondelete="CASCADE"))
    period: Mapped[str | None]
    bps: Mapped[int | None]
    amount: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    valid_from: Mapped[datetime] = mapped_column(Instant)
    valid_until: Mapped[datetime | None] = mapped_column(Instant)
    note: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant)


class Coupon(Base):
    """`code` stands in capitals. `terms` (`coupon_terms.CouponTerms`) is what it gives and asks for;
    redemptions keep those they were made under. `redeemed` counts those not given back."""

    __tablename__ = "coupons"
    __table_args__ = (
        Index("uq_coupons_code", "code", unique=True),
        CheckConstraint("code = upper(code)", name="code"),
        CheckConstraint("redeemed >= 0", name="redeemed"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str]
    name: Mapped[str]
    terms: Mapped[Json]
    valid_from: Mapped[datetime | None] = mapped_column(Instant)
    valid_until: Mapped[datetime | None] = mapped_column(Instant)
    max_redemptions: Mapped[int | None]
    max_per_account: Mapped[int | None]
    active: Mapped[bool] = mapped_column(default=True)
    redeemed: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)


class CouponRedemption(Base):
    """An account's use of a coupon, under the terms of then."""

    __tablename__ = "coupon_redemptions"
    __table_args__ = (
        Index(None, "account_id", "id"),
        Index(
            "uq_coupon_redemptions_subscription", "coupon_id", "subscription_id", unique=True,
            postgresql_where=text("released_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(primary_key=True)
    coupon_id: Mapped[str] = mapped_column(ForeignKey("coupons.id"), index=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    subscription_id: Mapped[str | None] = mapped_column(index=True)
    code: Mapped[str]
    terms: Mapped[Json]
    redeemed_at: Mapped[datetime] = mapped_column(Instant)
    released_at: Mapped[datetime | None] = mapped_column(Instant)
