"""/api/v1/products"""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Response

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.web.api import ROOT, Answer, Call
from serai.kit.web.openapi import returns
from serai.modules.catalog import charges, service
from serai.modules.catalog.schemas import ChargeView, MeterView, ProductView

router = APIRouter(prefix=f"{ROOT}/products", tags=["catalogue"])

Slug = Annotated[str, Path(max_length=64, description="The product's short name.")]


class Products(msgspec.Struct, frozen=True):
    data: list[ProductView]


class UsagePrices(msgspec.Struct, frozen=True):
    """Amounts are decimals of minor units. `charges`: what holds now, for packages on sale."""

    meters: list[MeterView]
    charges: list[ChargeView]


@router.get("", responses=returns(200, Products))
async def list_products(call: Call) -> Response:
    """All products on sale, with packages and prices in minor units."""

    async def work(session: Session, actor: Actor) -> Answer:
        return Answer(Products(list(await service.list_products(session))))

    return await call.answer(work)


@router.get("/{slug}", responses=returns(200, ProductView))
async def get_product(call: Call, slug: Slug) -> Response:
    """One product with its packages and prices."""

    async def work(session: Session, actor: Actor) -> Answer:
        return Answer(await service.get_product(session, slug))

    return await call.answer(work)


@router.get("/{slug}/charges", responses=returns(200, UsagePrices))
async def get_charges(call: Call, slug: Slug) -> Response:
    """What of the product's use is counted, and what it costs."""

    async def work(session: Session, actor: Actor) -> Answer:
        product = await service.get_product(session, slug)
        meters = [each for each in await service.meters_of(session, product.id) if each.active]
        sold = [each.id for each in (*product.packages, *product.addons, *product.bundles)]
        found = await charges.charges_of_many(session, sold)
        return Answer(UsagePrices(meters, [charge for each in found.values() for charge in each]))

    return await call.answer(work)
