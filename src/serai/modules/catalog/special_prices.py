"""Special prices: for one account, or for all customers of a partner."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy.exc import IntegrityError

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Json, Session, as_platform
from serai.kit.errors import Conflict, Invalid
from serai.kit.i18n import _
from serai.kit.money import Money
from serai.modules.catalog import offer_queries, policy, price_queries
from serai.modules.catalog.coupon_terms import share_of
from serai.modules.catalog.errors import SpecialPriceNotFound
from serai.modules.catalog.models import Package, Product
from serai.modules.catalog.offer_models import SpecialPrice
from serai.modules.catalog.schemas import PriceView

Scope = Literal["all", "product", "package", "price"]
_ORDER = ("price", "package", "product", "all")
_WHOLE = 10_000


class SpecialPriceView(msgspec.Struct, frozen=True):
    """`bps` off (percent × 100), or the `amount` that is paid instead."""

    id: str
    account_id: str | None
    partner_id: str | None
    scope: Scope
    product_id: str | None
    package_id: str | None
    period: str | None
    bps: int | None
    amount: Money | None
    valid_from: datetime
    valid_until: datetime | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSpecialPrice:
    """For `account_id` or `partner_id`, by `bps` or a fixed `amount`. What it is for is named as far as
    the scope asks: a product, a package, or a package and a period. A fixed amount is for a period."""

    account_id: str | None = None
    partner_id: str | None = None
    scope: Scope = "all"
    product_id: str | None = None
    package_id: str | None = None
    period: str | None = None
    bps: int | None = None
    amount: Money | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    note: str = ""


async def special_prices_of(
    session: Session, account_ids: Iterable[str], partner_ids: Iterable[str], at: datetime | None = None
) -> list[SpecialPriceView]:
    """All that hold at `at` (now) for any of them, in one query, for `best` to choose from."""
    async with as_platform(session):  # no customer may list them; their own price they are told
        rows = await offer_queries.special_prices_of(
            session, list(account_ids), list(partner_ids), at or clock.now()
        )
    return [_view(row) for row in rows]


def best(
    specials: Iterable[SpecialPriceView], account_id: str, partner_id: str | None, price: PriceView
) -> SpecialPriceView | None:
    """The account's own agreements come before its partner's; of those the one that is for the
    fewest things (price, package, product, all); of those the lowest."""
    fitting = [
        special for special in specials
        if (special.account_id == account_id or (partner_id and special.partner_id == partner_id))
        and _is_for(special, price)
    ]  # fmt: skip
    return min(
        fitting,
        key=lambda each: (
            each.account_id is None, _ORDER.index(each.scope), apply(each, price.amount).amount, each.id,
        ),
        default=None,
    )  # fmt: skip


def apply(special: SpecialPriceView | None, amount: Money) -> Money:
    """What is paid instead of `amount`."""
    if special is None:
        return amount
    if special.amount is not None:
        return special.amount if special.amount.currency == amount.currency else amount
    return Money(amount.amount - share_of(amount.amount, special.bps or 0), amount.currency)


async def list_special_prices(
    session: Session, actor: Actor, *, account_id: str | None = None, ended: bool = False
) -> list[SpecialPriceView]:
    """The latest first; `ended`: those of before, too."""
    policy.READ.require(actor)
    rows = await offer_queries.special_prices(session, account_id, None if ended else clock.now())
    return [_view(row) for row in rows]


async def set_special_price(session: Session, actor: Actor, new: NewSpecialPrice) -> SpecialPriceView:
    """From now or later on; what is invoiced already stays."""
    policy.MANAGE.require(actor)
    _require_good(new)
    await _require_there(session, new)
    row = SpecialPrice(
        id=ids.new("spr"), account_id=new.account_id, partner_id=new.partner_id, scope=new.scope,
        product_id=new.product_id if new.scope == "product" else None,
        package_id=new.package_id if new.scope in {"package", "price"} else None,
        period=new.period if new.scope == "price" else None, bps=new.bps,
        amount=new.amount.amount if new.amount else None,
        currency=new.amount.currency if new.amount else None,
        valid_from=new.valid_from or clock.now(), valid_until=new.valid_until,
        note=new.note.strip(), created_at=clock.now(),
    )  # fmt: skip
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        message = _("There is no account %(id)s.", id=new.account_id)
        raise Invalid(message, fields={"account_id": message}) from error
    await events.publish(session, actor, "catalog.special_price_set", row.id, after=_shown(row))
    return _view(row)


async def end_special_price(
    session: Session, actor: Actor, special_id: str, until: datetime | None = None
) -> None:
    """It holds until `until` (now). One that has not begun is deleted."""
    policy.MANAGE.require(actor)
    row = await offer_queries.special_price_for_update(session, special_id)
    if row is None:
        raise SpecialPriceNotFound(_("There is no special price %(id)s.", id=special_id))
    now = clock.now()
    until = max(until or now, now)
    if row.valid_until is not None and row.valid_until <= now:
        raise Conflict(_("This special price has ended already."))
    before = _shown(row)
    if until <= row.valid_from:
        await session.delete(row)
    else:
        row.valid_until = until
    await session.flush()
    await events.publish(session, actor, "catalog.special_price_ended", special_id, before=before)


def _is_for(special: SpecialPriceView, price: PriceView) -> bool:
    if special.amount is not None and special.amount.currency != price.amount.currency:
        return False
    match special.scope:
        case "all":
            return True
        case "product":
            return special.product_id == price.product_id
        case "package":
            return special.package_id == price.package_id
        case "price":
            return (special.package_id, special.period) == (price.package_id, price.period)


def _require_good(new: NewSpecialPrice) -> None:
    problems: dict[str, str] = {}
    if bool(new.account_id) == bool(new.partner_id):
        problems["account_id"] = _("Name one account, or one partner.")
    if (new.bps is None) == (new.amount is None):
        problems["bps"] = _("Give a percentage off or a fixed amount, not both.")
    if new.bps is not None and not 0 < new.bps <= _WHOLE:
        problems["bps"] = _("A percentage is more than 0 and at most 100.")
    if new.amount is not None and new.amount.amount < 0:
        problems["amount"] = _("A price is zero or more.")
    if new.amount is not None and new.scope != "price":
        problems["scope"] = _("A fixed amount is for one period of one package.")
    needed = {"product": ("product_id",), "package": ("package_id",), "price": ("package_id", "period")}
    for name in needed.get(new.scope, ()):
        if not getattr(new, name):
            problems[name] = _("Choose what it is for.")
    begins = new.valid_from or clock.now()
    if new.valid_until is not None and new.valid_until <= max(begins, clock.now()):
        problems["valid_until"] = _("It ends after it begins, and not in the past.")
    if problems:
        raise Invalid(next(iter(problems.values())), fields=problems)


async def _require_there(session: Session, new: NewSpecialPrice) -> None:
    place = {"product": "product_id", "package": "package_id", "price": "period"}.get(new.scope)
    match new.scope:
        case "product":
            there = await session.get(Product, new.product_id) is not None
        case "package":
            there = await session.get(Package, new.package_id) is not None
        case "price":
            rows = await price_queries.price_history(session, [new.package_id or ""])
            there = any(row.period == new.period for row in rows)
        case "all":
            there = True
    if place and not there:
        message = _("There is no such thing in the catalogue.")
        raise Invalid(message, fields={place: message})


def _view(row: SpecialPrice) -> SpecialPriceView:
    scope: Any = row.scope
    return SpecialPriceView(
        id=row.id, account_id=row.account_id, partner_id=row.partner_id, scope=scope,
        product_id=row.product_id, package_id=row.package_id, period=row.period, bps=row.bps,
        amount=Money(row.amount, row.currency) if row.amount is not None and row.currency else None,
        valid_from=row.valid_from, valid_until=row.valid_until, note=row.note,
    )  # fmt: skip


def _shown(row: SpecialPrice) -> Json:
    shown: Json = msgspec.to_builtins(_view(row))
    return shown
