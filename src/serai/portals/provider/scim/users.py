"""/scim/v2/Users: the account's people."""

from typing import Any

from fastapi import APIRouter, Request, Response
from scim2_models import Context, PatchOp, ResponseParameters

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.identity import scim
from serai.portals.provider.scim.calls import answer, base_of, body_of, call, require_version
from serai.portals.provider.scim.listing import listing
from serai.portals.shared import invitation_mail
from serai.portals.shared.access import settings

router = APIRouter(prefix="/Users")


@router.get("")
async def list_users(request: Request) -> Response:
    async def work(session: Session, actor: Actor) -> Response:
        people = await scim.directory.people(session, actor)
        return listing(request, scim.User, [scim.rendering.user(each, base_of(request)) for each in people])

    return await call(request, work)


@router.post("")
async def create_user(request: Request) -> Response:
    async def work(session: Session, actor: Actor) -> Response:
        wanted = _completed(await body_of(request), Context.RESOURCE_CREATION_REQUEST)
        changed = await scim.directory.add(session, actor, wanted)
        return await _told(request, session, actor, changed, Context.RESOURCE_CREATION_RESPONSE, 201)

    return await call(request, work)


@router.get("/{entry_id}")
async def get_user(request: Request, entry_id: str) -> Response:
    async def work(session: Session, actor: Actor) -> Response:
        found = scim.rendering.user(await scim.directory.person(session, actor, entry_id), base_of(request))
        return answer(request, found, Context.RESOURCE_QUERY_RESPONSE, response_parameters=_wish(request))

    return await call(request, work)


@router.put("/{entry_id}")
async def replace_user(request: Request, entry_id: str) -> Response:
    async def work(session: Session, actor: Actor) -> Response:
        person = await scim.directory.person(session, actor, entry_id)
        present = scim.rendering.user(person, base_of(request))
        require_version(request, present)
        wanted = _completed(
            await body_of(request), Context.RESOURCE_REPLACEMENT_REQUEST, active=present.active
        )
        wanted.replace(present)
        changed = await scim.directory.change(session, actor, person, wanted)
        return await _told(request, session, actor, changed, Context.RESOURCE_REPLACEMENT_RESPONSE)

    return await call(request, work)


@router.patch("/{entry_id}")
async def patch_user(request: Request, entry_id: str) -> Response:
    async def work(session: Session, actor: Actor) -> Response:
        person = await scim.directory.person(session, actor, entry_id)
        wanted = scim.rendering.user(person, base_of(request))
        require_version(request, wanted)
        patch = PatchOp[scim.User].model_validate_json(
            await body_of(request), scim_ctx=Context.RESOURCE_PATCH_REQUEST
        )
        patch.patch(wanted)
        changed = await scim.directory.change(session, actor, person, wanted)
        return await _told(request, session, actor, changed, Context.RESOURCE_PATCH_RESPONSE)

    return await call(request, work)


@router.delete("/{entry_id}")
async def delete_user(request: Request, entry_id: str) -> Response:
    async def work(session: Session, actor: Actor) -> Response:
        person = await scim.directory.person(session, actor, entry_id)
        require_version(request, scim.rendering.user(person, base_of(request)))
        await scim.directory.remove(session, actor, person)
        return Response(status_code=204)

    return await call(request, work)


def _completed(body: bytes, context: Context, *, active: bool | None = True) -> scim.User:
    """Directories leave out what goes without saying: an address that is the name, and that somebody
    is active (or, later on, as before)."""
    said = scim.read_object(body)
    names = {name.casefold(): name for name in said}
    if "active" not in names:
        said["active"] = active
    if "emails" not in names and "@" in str(said.get(names.get("username", ""))):
        said["emails"] = [{"value": said[names["username"]], "primary": True}]
    return scim.User.model_validate(said, scim_ctx=context)


async def _told(
    request: Request,
    session: Session,
    actor: Actor,
    changed: scim.Changed,
    context: Context,
    status: int = 200,
) -> Response:
    if changed.invitation is not None:
        await invitation_mail.send(session, settings(request), actor, changed.invitation)
    found = scim.rendering.user(changed.person, base_of(request))
    return answer(request, found, context, status, response_parameters=_wish(request))


def _wish(request: Request) -> ResponseParameters[Any]:
    """Which attributes are wanted (`attributes`, `excludedAttributes`)."""
    return ResponseParameters[scim.User].model_validate(dict(request.query_params))
