"""What all SCIM addresses share: the key, one transaction, SCIM's bodies, versions and errors."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request, Response
from pydantic import ValidationError
from scim2_models import (
    BaseModel,
    Context,
    Error,
    PreconditionFailedException,
    Resource,
    SCIMException,
)

from serai.kit.actor import Actor
from serai.kit.db import Session, act_as
from serai.kit.errors import Conflict, Invalid, SeraiError, Unauthenticated
from serai.kit.i18n import _
from serai.kit.web.problems import status_of
from serai.modules.identity import scim
from serai.portals.shared.access import settings, system_database

MEDIA_TYPE = "application/scim+json"
_LARGEST_BODY = 1 << 17
Work = Callable[[Session, Actor], Awaitable[Response]]


def base_of(request: Request) -> str:
    return f"{settings(request).public_url}/scim/v2"


async def call(request: Request, work: Work) -> Response:
    """Authenticate, run `work` as the key's person in one transaction, and word what goes wrong."""
    try:
        async with system_database(request).transaction() as session:
            actor = await _actor(request, session)
            await act_as(session, actor)
            with scim.TOLERANT:
                return await work(session, await scim.steward(session, actor))
    except ValidationError as error:
        return error_answer(Error.from_validation_errors(error)[0])
    except SCIMException as error:
        return error_answer(error.to_error())
    except SeraiError as error:
        kind = {Invalid: "invalidValue", Conflict: "uniqueness"}.get(type(error))
        status = 400 if isinstance(error, Invalid) else status_of(error)
        return error_answer(Error(status=status, scim_type=kind, detail=error.message))


async def body_of(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind not in {MEDIA_TYPE, "application/json"}:
        raise Invalid(_("Send application/scim+json."))
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise Invalid(_("The body is too large."))
    return bytes(body)


def answer(
    request: Request, found: BaseModel, context: Context, status: int = 200, **dumping: Any
) -> Response:
    text = found.model_dump_json(scim_ctx=context, **dumping)
    headers = {}
    if isinstance(found, Resource) and found.meta is not None:
        headers = {"ETag": found.meta.version or "", "Location": found.meta.location or ""}
        if request.method == "GET" and headers["ETag"] in _tags(request, "if-none-match"):
            return Response(status_code=304, headers={"ETag": headers["ETag"]})
    return Response(text, status, headers, media_type=MEDIA_TYPE)


def require_version(request: Request, found: Resource[Any]) -> None:
    """What the client has read must still stand, if it says which version it read (RFC 7644 3.14)."""
    wanted = _tags(request, "if-match")
    version = found.meta.version if found.meta else None
    if wanted and "*" not in wanted and version not in wanted:
        raise PreconditionFailedException(detail=_("It has changed since it was read. Read it again."))


def _tags(request: Request, header: str) -> set[str]:
    return {each.strip() for each in request.headers.get(header, "").split(",") if each.strip()}


async def _actor(request: Request, session: Session) -> Actor:
    scheme, _space, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated(_("Send an API key of the account: “Authorization: Bearer …”."))
    found: Actor = await request.app.state.authenticate(session, token.strip())
    return found


def error_answer(error: Error) -> Response:
    status = error.status or 400
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return Response(error.model_dump_json(), status, headers, media_type=MEDIA_TYPE)
