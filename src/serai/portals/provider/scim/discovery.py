"""What the service can do: /ServiceProviderConfig, /ResourceTypes, /Schemas. For everybody."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from scim2_models import Context, ForbiddenException, ListResponse, Meta, NotFoundException, Resource

from serai.kit.i18n import _
from serai.modules.identity import scim
from serai.portals.provider.scim.calls import answer, base_of, error_answer

router = APIRouter()


@router.get("/ServiceProviderConfig")
async def configuration(request: Request) -> Response:
    config = scim.PROVIDER.config
    if config is None:
        raise RuntimeError("the provider has a configuration")
    placed = _placed(request, config, "ServiceProviderConfig", "/ServiceProviderConfig")
    return answer(request, placed, Context.RESOURCE_QUERY_RESPONSE)


@router.get("/ResourceTypes")
async def resource_types(request: Request) -> Response:
    return _all(request, scim.PROVIDER.resource_types, "ResourceType")


@router.get("/ResourceTypes/{name}")
async def resource_type(request: Request, name: str) -> Response:
    return _one(request, scim.PROVIDER.resource_types, "ResourceType", name)


@router.get("/Schemas")
async def schemas(request: Request) -> Response:
    return _all(request, scim.PROVIDER.schemas, "Schema")


@router.get("/Schemas/{name}")
async def schema(request: Request, name: str) -> Response:
    return _one(request, scim.PROVIDER.schemas, "Schema", name)


def _all(request: Request, found: Sequence[Resource[Any]], kind: str) -> Response:
    if "filter" in request.query_params:  # RFC 7644 4: nobody gets half a description
        return error_answer(ForbiddenException(detail=_("This list cannot be filtered.")).to_error())
    placed = [_placed(request, each, kind, f"/{kind}s/{each.id}") for each in found]
    listed = ListResponse[type(found[0])](  # type: ignore[misc, operator]
        total_results=len(placed), start_index=1, items_per_page=len(placed), resources=placed
    )
    return answer(request, listed, Context.RESOURCE_QUERY_RESPONSE)


def _one(request: Request, found: Sequence[Resource[Any]], kind: str, name: str) -> Response:
    for each in found:
        if str(each.id) == name:
            placed = _placed(request, each, kind, f"/{kind}s/{name}")
            return answer(request, placed, Context.RESOURCE_QUERY_RESPONSE)
    return error_answer(NotFoundException(detail=_("There is nothing here")).to_error())


def _placed(request: Request, found: Resource[Any], kind: str, path: str) -> Resource[Any]:
    meta = Meta(resource_type=kind, location=f"{base_of(request)}{path}")
    return found.model_copy(update={"meta": meta})
