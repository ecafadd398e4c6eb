"""Blueprints with more to sell, and shorthands to read what became of them."""

from decimal import Decimal
from typing import Any

import msgspec

from serai.kit.actor import SYSTEM
from serai.kit.money import Money
from serai.modules import catalog
from serai.modules.catalog.blueprint import model
from tests.factories import World, blueprint

USD, TEXT = "USD", model.Text(en="A", ar="ا")


def selling(
    *, amount: int = 2900, emails: str = "0.10", stock: int | None = None, currencies: tuple[str, ...] = (USD,),
    limits: dict[str, int] | None = None, addon: bool = True, **package: Any,
) -> catalog.Blueprint:  # fmt: skip
    """The package `free` at `amount` a month with a charge for e-mails, an add-on, a bundle."""
    base = blueprint()
    month = model.Period(
        key="monthly", unit="month", count=1, prices=tuple(Money(amount, c) for c in currencies)
    )
    charge = model.Charge(
        meter="emails", model="per_unit", currency=USD, included=Decimal(100),
        tiers=(catalog.Tier(None, Decimal(emails)),),
    )  # fmt: skip
    plan = msgspec.structs.replace(
        base.packages[0], periods=(month,), charges=(charge,), stock=stock,
        limits=limits or {"users": 5}, **package,
    )  # fmt: skip
    small = msgspec.structs.replace(month, prices=(Money(500, USD),))
    more = model.AddOn(
        key="more", name=TEXT, summary=TEXT, features=(), periods=(small,), resources={"disk": 100.0},
        limits={"users": 2, "unknown": 1},
    )  # fmt: skip
    both = model.Bundle(
        key="both", name=TEXT, summary=TEXT, features=(), periods=(month,),
        contents=(model.Content("free"), model.Content("more", 3)),
    )  # fmt: skip
    meter = model.Meter(key="emails", name=TEXT, aggregation="sum")
    return msgspec.structs.replace(
        base,
        packages=(plan,),
        addons=(more,) if addon else (),
        bundles=(both,) if addon else (),
        meters=(meter,),
    )


async def sync(world: World, made: catalog.Blueprint | None = None) -> catalog.ProductView:
    async with world.database.transaction() as session:
        await catalog.sync(session, SYSTEM, made or selling())
        return await catalog.get_product(session, "hello", hidden=True)


async def call(world: World, service: Any, *arguments: Any, actor: Any = None, **named: Any) -> Any:
    """`service(session, …)` in a transaction of its own, as `actor` sees the database (the system)."""
    database = world.platform.database.acting(actor) if actor else world.database
    async with database.transaction() as session:
        return await service(session, *arguments, **named)
