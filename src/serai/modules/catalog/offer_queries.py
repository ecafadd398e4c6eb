"""The SQL of special prices, coupons and redemptions."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.catalog.offer_models import Coupon, CouponRedemption, SpecialPrice


async def special_prices_of(
    session: Session, account_ids: Sequence[str], partner_ids: Sequence[str], at: datetime
) -> Sequence[SpecialPrice]:
    query = select(SpecialPrice).where(
        or_(SpecialPrice.account_id.in_(account_ids), SpecialPrice.partner_id.in_(partner_ids)),
        SpecialPrice.valid_from <= at,
        or_(SpecialPrice.valid_until.is_(None), SpecialPrice.valid_until > at),
    )
    return (await session.execute(query)).scalars().all()


async def special_prices(
    session: Session, account_id: str | None, living_at: datetime | None
) -> Sequence[SpecialPrice]:
    query = select(SpecialPrice).order_by(SpecialPrice.id.desc())
    query = query.where(SpecialPrice.account_id == account_id) if account_id else query
    if living_at is not None:
        query = query.where(or_(SpecialPrice.valid_until.is_(None), SpecialPrice.valid_until > living_at))
    return (await session.execute(query)).scalars().all()


async def special_price_for_update(session: Session, special_id: str) -> SpecialPrice | None:
    query = select(SpecialPrice).where(SpecialPrice.id == special_id).with_for_update(key_share=True)
    return (await session.execute(query)).scalar_one_or_none()


async def coupons(session: Session) -> Sequence[Coupon]:
    return (await session.execute(select(Coupon).order_by(Coupon.id.desc()))).scalars().all()


async def coupon(session: Session, reference: str, *, lock: bool = False) -> Coupon | None:
    """By id or code."""
    query = select(Coupon).where((Coupon.id == reference) | (Coupon.code == reference.strip().upper()))
    query = query.execution_options(populate_existing=True)
    query = query.with_for_update(key_share=True) if lock else query
    return (await session.execute(query)).scalar_one_or_none()


async def redeemed_by(session: Session, coupon_id: str, account_id: str) -> int:
    """How often the account has redeemed it, without what was given back."""
    query = select(func.count()).where(
        CouponRedemption.coupon_id == coupon_id,
        CouponRedemption.account_id == account_id,
        CouponRedemption.released_at.is_(None),
    )
    return (await session.execute(query)).scalar_one()


async def is_redeemed_for(session: Session, coupon_id: str, subscription_id: str) -> bool:
    query = select(CouponRedemption.id).where(
        CouponRedemption.coupon_id == coupon_id,
        CouponRedemption.subscription_id == subscription_id,
        CouponRedemption.released_at.is_(None),
    )
    return (await session.execute(query)).scalar_one_or_none() is not None


async def redemptions(
    session: Session, actor: Actor, *, account_id: str | None, subscription_ids: Sequence[str] | None,
    coupon_id: str | None, limit: int,
) -> Sequence[CouponRedemption]:  # fmt: skip
    """Those the actor may see, in the order of redemption, without what was given back."""
    query = select(CouponRedemption).where(CouponRedemption.released_at.is_(None))
    query = query.order_by(CouponRedemption.id).limit(limit)
    if not actor.is_platform:
        query = query.where(CouponRedemption.account_id == actor.account_id)
    if account_id is not None:
        query = query.where(CouponRedemption.account_id == account_id)
    if subscription_ids is not None:
        query = query.where(CouponRedemption.subscription_id.in_(subscription_ids))
    if coupon_id is not None:
        query = query.where(CouponRedemption.coupon_id == coupon_id)
    return (await session.execute(query)).scalars().all()


async def redemptions_by_id(session: Session, ids: Sequence[str]) -> Sequence[CouponRedemption]:
    """Locked, in an order that keeps two from waiting for each other."""
    query = select(CouponRedemption).where(CouponRedemption.id.in_(ids)).order_by(CouponRedemption.id)
    query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await session.execute(query)).scalars().all()
