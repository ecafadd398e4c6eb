"""Coupons, as staff make and change them. Redemptions keep the terms they were made under."""

import re
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import msgspec
from babel.numbers import list_currencies
from sqlalchemy.exc import IntegrityError

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Json, Session
from serai.kit.errors import Invalid
from serai.kit.i18n import _
from serai.modules.catalog import offer_queries, policy
from serai.modules.catalog.coupon_terms import CouponTerms
from serai.modules.catalog.errors import Changed, CouponNotFound, CouponTaken
from serai.modules.catalog.offer_models import Coupon

_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{1,39}")
_WHOLE = 10_000


class CouponView(msgspec.Struct, frozen=True):
    id: str
    code: str
    name: str
    terms: CouponTerms
    valid_from: datetime | None
    valid_until: datetime | None
    max_redemptions: int | None
    max_per_account: int | None
    active: bool
    redeemed: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponSettings:
    """What staff decide of a coupon beside its code. None is without bounds."""

    terms: CouponTerms
    name: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    max_redemptions: int | None = None
    max_per_account: int | None = None
    active: bool = True


async def list_coupons(session: Session, actor: Actor) -> list[CouponView]:
    """The latest first."""
    policy.READ.require(actor)
    return [coupon_view(row) for row in await offer_queries.coupons(session)]


async def get_coupon(session: Session, actor: Actor, reference: str) -> CouponView:
    """By id or code. Raises CouponNotFound."""
    policy.READ.require(actor)
    return coupon_view(await _coupon(session, reference))


async def add_coupon(session: Session, actor: Actor, code: str, new: CouponSettings) -> CouponView:
    """Raises CouponTaken when there is one with that code, however it is spelt."""
    policy.MANAGE.require(actor)
    code = _clean(code)
    _require_good(new)
    row = Coupon(id=ids.new("cpn"), code=code, redeemed=0, version=1, created_at=clock.now())
    _put(row, new)
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        message = _("There is a coupon with the code %(code)s already.", code=code)
        raise CouponTaken(message, fields={"code": message}) from error
    await events.publish(session, actor, "catalog.coupon_added", row.id, after=_shown(row))
    return coupon_view(row)


async def change_coupon(
    session: Session, actor: Actor, reference: str, new: CouponSettings, *, version: int | None = None
) -> CouponView:
    """For redemptions from now on. `version`: the one that was read; raises Changed when it is
    another by now."""
    policy.MANAGE.require(actor)
    row = await _coupon(session, reference, lock=True)
    if version is not None and version != row.version:
        raise Changed(_("Somebody changed this meanwhile. Look at it again, then change it."))
    _require_good(new)
    if new.max_redemptions is not None and new.max_redemptions < row.redeemed:
        message = _("It was redeemed %(count)s times already.", count=row.redeemed)
        raise Invalid(message, fields={"max_redemptions": message})
    before = _shown(row)
    _put(row, new)
    if _shown(row) != before:
        row.version += 1
        await session.flush()
        await events.publish(
            session, actor, "catalog.coupon_changed", row.id, before=before, after=_shown(row)
        )
    return coupon_view(row)


async def end_coupon(session: Session, actor: Actor, reference: str) -> CouponView:
    """Nobody can redeem it from now on; what was redeemed goes on."""
    row = await _coupon(session, reference)
    view = coupon_view(row)
    known = {field.name: getattr(view, field.name) for field in fields(CouponSettings)}
    return await change_coupon(session, actor, row.id, CouponSettings(**(known | {"active": False})))


def coupon_view(row: Coupon) -> CouponView:
    return CouponView(
        id=row.id, code=row.code, name=row.name, terms=msgspec.convert(row.terms, CouponTerms),
        valid_from=row.valid_from, valid_until=row.valid_until, max_redemptions=row.max_redemptions,
        max_per_account=row.max_per_account, active=row.active, redeemed=row.redeemed,
        version=row.version,
    )  # fmt: skip


async def _coupon(session: Session, reference: str, *, lock: bool = False) -> Coupon:
    row = await offer_queries.coupon(session, reference, lock=lock)
    if row is None:
        raise CouponNotFound(_("There is no coupon %(code)s.", code=reference))
    return row


def _put(row: Coupon, new: CouponSettings) -> None:
    row.name, row.active = new.name.strip(), new.active
    row.terms = msgspec.to_builtins(new.terms)
    row.valid_from, row.valid_until = new.valid_from, new.valid_until
    row.max_redemptions, row.max_per_account = new.max_redemptions, new.max_per_account


def _clean(code: str) -> str:
    code = code.strip().upper()
    if not _CODE.fullmatch(code):
        message = _("A code has 2 to 40 letters A to Z, digits, hyphens and underscores.")
        raise Invalid(message, fields={"code": message})
    return code


def _require_good(new: CouponSettings) -> None:
    problems = _problems_of_terms(new.terms)
    if new.valid_from and new.valid_until and new.valid_until <= new.valid_from:
        problems["valid_until"] = _("It ends after it begins.")
    for name in ("max_redemptions", "max_per_account"):
        value = getattr(new, name)
        if value is not None and value < 1:
            problems[name] = _("This is 1 or more; leave it empty for any number.")
    if problems:
        raise Invalid(next(iter(problems.values())), fields=problems)


def _problems_of_terms(terms: CouponTerms) -> dict[str, str]:
    problems: dict[str, str] = {}
    if (terms.bps is None) == (terms.amount is None):
        problems["bps"] = _("Give a percentage off or a fixed amount, not both.")
    if terms.bps is not None and not 0 < terms.bps <= _WHOLE:
        problems["bps"] = _("A percentage is more than 0 and at most 100.")
    if terms.amount is not None and terms.amount <= 0:
        problems["amount"] = _("An amount is more than zero.")
    for name, amount in (("currency", terms.amount), ("minimum_currency", terms.minimum)):
        if amount is not None and getattr(terms, name) not in list_currencies():
            problems[name] = _("Choose the amount's currency.")
    if (terms.duration == "repeating") != (terms.periods is not None) or (terms.periods or 1) < 1:
        problems["periods"] = _("Say for how many periods it repeats: 1 or more.")
    if terms.minimum is not None and terms.minimum < 0:
        problems["minimum"] = _("An amount is zero or more.")
    return problems


def _shown(row: Coupon) -> Json:
    shown: dict[str, Any] = msgspec.to_builtins(coupon_view(row))
    return {name: value for name, value in shown.items() if name not in {"id", "redeemed", "version"}}
