"""Coupons, as customers use them: looked at for a live total, redeemed, given back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Session, as_platform
from serai.kit.errors import NotFound
from serai.kit.i18n import _
from serai.kit.money import Money
from serai.modules.catalog import offer_queries, policy
from serai.modules.catalog.coupon_terms import CouponTerms
from serai.modules.catalog.coupons import CouponView, coupon_view
from serai.modules.catalog.errors import CouponExhausted, CouponRefused, RedemptionNotFound
from serai.modules.catalog.offer_models import Coupon, CouponRedemption


class RedemptionView(msgspec.Struct, frozen=True):
    """`terms` are those of the moment of redemption."""

    id: str
    coupon_id: str
    account_id: str
    subscription_id: str | None
    code: str
    terms: CouponTerms
    redeemed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What a coupon is to be used for. `amount`: what it is taken off, before any coupon.
    `with_terms`: of the coupons that are used for it already."""

    package_id: str
    period: str
    amount: Money
    first_purchase: bool
    with_terms: tuple[CouponTerms, ...] = ()


async def check(session: Session, code: str, account_id: str, purchase: Purchase) -> CouponView:
    """Whether it could be redeemed just now, for a live total. Raises CouponRefused or
    CouponExhausted with the reason, as words for the customer and as `reason`."""
    async with as_platform(session):
        row = await offer_queries.coupon(session, code)
        used = await offer_queries.redeemed_by(session, row.id, account_id) if row else 0
    return coupon_view(_usable(row, used, purchase))


async def redeem(
    session: Session, actor: Actor, code: str, account_id: str, purchase: Purchase,
    subscription_id: str | None = None,
) -> RedemptionView:  # fmt: skip
    """Use it, under the coupon's row lock: of the last one left there is exactly one winner.
    Raises as `check` does. Ask for several in the order of their codes."""
    policy.REDEEM.require(actor, account_id=account_id)
    async with as_platform(session):
        row = await offer_queries.coupon(session, code, lock=True)
        used = await offer_queries.redeemed_by(session, row.id, account_id) if row else 0
        row = _usable(row, used, purchase)
        if subscription_id and await offer_queries.is_redeemed_for(session, row.id, subscription_id):
            raise _used(row)
        row.redeemed += 1
        made = CouponRedemption(
            id=ids.new("rdm"), coupon_id=row.id, account_id=account_id, code=row.code, terms=row.terms,
            subscription_id=subscription_id, redeemed_at=clock.now(),
        )  # fmt: skip
        session.add(made)
    await events.publish(
        session, actor, "catalog.coupon_redeemed", made.id, account_id, code=made.code,
        coupon_id=made.coupon_id, subscription_id=subscription_id,
    )  # fmt: skip
    return _view(made)


async def release_redemption(session: Session, actor: Actor, redemption_id: str) -> None:
    """What was redeemed is not used after all, and can be redeemed by others. May be repeated."""
    async with as_platform(session):
        rows = await offer_queries.redemptions_by_id(session, [redemption_id])
        if not rows or not actor.sees(rows[0].account_id):
            raise RedemptionNotFound(_("There is no redemption %(id)s.", id=redemption_id))
        policy.REDEEM.require(actor, account_id=rows[0].account_id)
        if rows[0].released_at is not None:
            return
        coupon = await offer_queries.coupon(session, rows[0].coupon_id, lock=True)
        if coupon is None:
            raise NotFound(_("There is no coupon %(code)s.", code=rows[0].code))
        coupon.redeemed -= 1
        rows[0].released_at = clock.now()
    await events.publish(
        session, actor, "catalog.coupon_released", redemption_id, rows[0].account_id, code=rows[0].code
    )


async def redemptions_of(
    session: Session, actor: Actor, *, account_id: str | None = None,
    subscription_ids: Iterable[str] | None = None, coupon_id: str | None = None, limit: int = 10_000,
) -> list[RedemptionView]:  # fmt: skip
    """What is redeemed and not given back, in the order of redemption; an account sees its own."""
    if actor.is_platform and account_id is None and subscription_ids is None:
        policy.READ.require(actor)
    wanted = None if subscription_ids is None else list(subscription_ids)
    rows = await offer_queries.redemptions(
        session, actor, account_id=account_id, subscription_ids=wanted, coupon_id=coupon_id, limit=limit
    )
    return [_view(row) for row in rows]


def _usable(row: Coupon | None, used: int, purchase: Purchase) -> Coupon:
    now = clock.now()
    if row is None:
        raise CouponRefused(_("There is no such coupon. Look at the code once more."), "unknown")
    if not row.active or (row.valid_until is not None and row.valid_until <= now):
        raise CouponRefused(_("The coupon %(code)s has ended.", code=row.code), "ended")
    if row.valid_from is not None and row.valid_from > now:
        raise CouponRefused(_("The coupon %(code)s does not hold yet.", code=row.code), "early")
    if row.max_redemptions is not None and row.redeemed >= row.max_redemptions:
        message = _("The coupon %(code)s has been used up.", code=row.code)
        raise CouponExhausted(message, fields={"coupon": message})
    if row.max_per_account is not None and used >= row.max_per_account:
        raise _used(row)
    if refused := _unfit(msgspec.convert(row.terms, CouponTerms), row.code, purchase):
        raise refused
    return row


def _used(row: Coupon) -> CouponRefused:
    return CouponRefused(_("You have used the coupon %(code)s already.", code=row.code), "used")


def _unfit(terms: CouponTerms, code: str, purchase: Purchase) -> CouponRefused | None:
    currency = purchase.amount.currency
    if terms.currency not in {None, currency}:
        message = _("The coupon %(code)s is for prices in %(currency)s.", code=code, currency=terms.currency)
        return CouponRefused(message, "currency")
    if terms.package_ids and purchase.package_id not in terms.package_ids:
        return CouponRefused(_("The coupon %(code)s is not for this package.", code=code), "package")
    if terms.period_keys and purchase.period not in terms.period_keys:
        return CouponRefused(_("The coupon %(code)s is not for this period.", code=code), "period")
    if terms.first_purchase_only and not purchase.first_purchase:
        return CouponRefused(_("The coupon %(code)s is for a first purchase only.", code=code), "first")
    if terms.minimum is not None:
        least = Money(terms.minimum, terms.minimum_currency or currency)
        if least.currency != currency or purchase.amount.amount < least.amount:
            message = _(
                "The coupon %(code)s is for %(amount)s or more.",
                code=code,
                amount=f"{least.decimal} {least.currency}",
            )
            return CouponRefused(message, "minimum")
    if not terms.stackable and any(not other.stackable for other in purchase.with_terms):
        message = _("The coupon %(code)s cannot be combined with the one that is used already.", code=code)
        return CouponRefused(message, "stacking")
    return None


def _view(row: CouponRedemption) -> RedemptionView:
    return RedemptionView(
        id=row.id, coupon_id=row.coupon_id, account_id=row.account_id,
        subscription_id=row.subscription_id, code=row.code,
        terms=msgspec.convert(row.terms, CouponTerms),
        redeemed_at=row.redeemed_at,
    )  # fmt: skip
