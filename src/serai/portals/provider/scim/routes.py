"""All SCIM addresses, and SCIM's own answer for those there are not."""

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from scim2_models import Error, NotFoundException, NotImplementedException

from serai.kit.i18n import _
from serai.portals.provider.scim import discovery, groups, users
from serai.portals.provider.scim.calls import error_answer

router = APIRouter(prefix="/scim/v2")
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

_PARTS = (discovery, users, groups)
for _part in _PARTS:
    router.include_router(_part.router)


@router.api_route("/Bulk", methods=_METHODS)
@router.api_route("/Me", methods=_METHODS)
@router.api_route("/.search", methods=_METHODS)
async def not_here(request: Request) -> Response:
    return error_answer(NotImplementedException(detail=_("This is not offered here.")).to_error())


@router.api_route("/{rest:path}", methods=_METHODS)
async def nothing(request: Request, rest: str) -> Response:
    """Also for an address that there is, asked in a way that there is not."""
    known = [each for part in _PARTS for each in part.router.routes if isinstance(each, APIRoute)]
    allowed = {name for each in known if each.path_regex.match(f"/{rest}") for name in each.methods or ()}
    if not allowed:
        return error_answer(NotFoundException(detail=_("There is nothing here")).to_error())
    refused = error_answer(
        Error(status=405, detail=_("This address does not take %(how)s.", how=request.method))
    )
    refused.headers["Allow"] = ", ".join(sorted(allowed))
    return refused
