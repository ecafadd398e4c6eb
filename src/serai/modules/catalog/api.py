"""/api/v1/products"""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Response

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.web.api import ROOT, Answer, Call
from serai.kit.web.openapi import returns
from serai.modules.catalog import service
from serai.modules.catalog.schemas import ProductView

router = APIRouter(prefix=f"{ROOT}/products", tags=["catalogue"])

Slug = Annotated[str, Path(max_length=64, description="The product's short name.")]


class Products(msgspec.Struct, frozen=True):
    data: list[ProductView]


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
