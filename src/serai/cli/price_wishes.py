"""`erp/starter/monthly/USD=+10%@2027-03-01`: a price as somebody thinks of changing it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Invalid
from serai.kit.money import Money
from serai.modules import billing, catalog
from serai.modules.billing import simulation

_SHAPE = re.compile(
    r"(?P<product>[^/]+)/(?P<package>[^/]+)/(?P<period>[^/]+)/(?P<currency>[A-Za-z]{3})"
    r"=(?P<amount>[+-]?\d+(?:\.\d+)?%|\d+(?:\.\d+)?)@(?P<day>\S+)"
)


@dataclass(frozen=True, slots=True)
class PaymentIntent:
    product: str
    package: str
    period: str
    currency: str
    amount: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Resolved:
    """`concerned`: running subscriptions that would pay it, with `before` and `after` per period in all."""

    change: simulation.PriceChange
    name: str
    old: Money
    concerned: int
    before: int
    after: int


def parse(text: str, time_zone: str) -> PaymentIntent:
    """Raises Invalid."""
    found = _SHAPE.fullmatch(text.strip())
    if found is None:
        raise Invalid(
            f"{text!r} is no change of a price; write it like erp/starter/monthly/USD=+10%@2027-03-01, or "
            "with the new amount: erp/starter/monthly/USD=31.90@2027-03-01."
        )
    try:
        at = datetime.fromisoformat(found["day"])
    except ValueError:
        raise Invalid(f"{found['day']!r} is no date; write it like 2027-03-01.") from None
    at = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(time_zone))
    return PaymentIntent(
        found["product"], found["package"], found["period"], found["currency"].upper(), found["amount"],
        at.astimezone(UTC),
    )  # fmt: skip


async def resolve(session: Session, actor: Actor, intent: PaymentIntent, *, also_running: bool) -> Resolved:
    """Against the catalogue as it is. Raises ProductNotFound, PackageNotFound, PriceNotFound."""
    product = await catalog.get_product(session, intent.product, hidden=True)
    sold = {each.key: each for each in (*product.packages, *product.addons, *product.bundles)}
    if intent.package not in sold:
        raise Invalid(f"{intent.product} has no package {intent.package!r}; there are: {', '.join(sold)}.")
    package = sold[intent.package]
    price = await catalog.current_price(session, package.id, intent.period, intent.currency)
    amount = _new(intent.amount, price.amount)
    change = simulation.PriceChange(package.id, intent.period, amount, intent.at, also_running)
    moves = (
        await billing.previews.price_change(session, actor, price.id, amount.amount, intent.at)
        if also_running
        else []
    )
    return Resolved(
        change, f"{intent.product} {intent.package} {intent.period}", price.amount, len(moves),
        sum(each.current for each in moves), sum(each.new for each in moves),
    )  # fmt: skip


def noted(report: simulation.Report, found: Sequence[Resolved]) -> simulation.Report:
    return replace(report, notes=tuple(map(_note, found)))


def _note(each: Resolved) -> str:
    currency = each.old.currency
    text = (
        f"{each.name}: {each.old.decimal} → {each.change.amount.decimal} {currency} "
        f"from {each.change.at:%Y-%m-%d} on"
    )
    if not each.change.also_running:
        return f"{text}, for new subscriptions only."
    before, after = Money(each.before, currency).decimal, Money(each.after, currency).decimal
    return f"{text}; {each.concerned} running subscriptions pay {after} a period in all instead of {before}."


def _new(amount: str, old: Money) -> Money:
    """A percentage of the price of now, rounded half up to the minor unit; or the amount itself."""
    if not amount.endswith("%"):
        return Money.parse(amount, old.currency)
    factor = 1 + Decimal(amount.rstrip("%")) / 100
    minor = int((old.amount * factor).quantize(Decimal(1), ROUND_HALF_UP))
    if minor < 0:
        raise Invalid("A price is zero or more.")
    return Money(minor, old.currency)
