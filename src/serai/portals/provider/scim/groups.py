"""/scim/v2/Groups: the account's roles. Who has them is the directory's, what they allow is not."""

from fastapi import APIRouter, Request, Response
from scim2_models import Context, ForbiddenException, Group, PatchOp, ResponseParameters

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.i18n import _
from serai.modules.identity import scim
from serai.portals.provider.scim.calls import answer, base_of, body_of, call, require_version
from serai.portals.provider.scim.listing import listing

router = APIRouter(prefix="/Groups")


@router.get("")
async def list_groups(request: Request) -> Response:
    async def work(session: Session, actor: Actor) -> Response:
        people = await scim.directory.people(session, actor)
        roles = await scim.groups.list_roles(session, actor)
        found = [scim.rendering.group(role, people, base_of(request)) for role in roles]
        return listing(request, Group, found)

    return await call(request, work)


@router.get("/{key}")
async def get_group(request: Request, key: str) -> Response:
    async def work(session: Session, actor: Actor) -> Response:
        return await _shown(request, session, actor, key, Context.RESOURCE_QUERY_RESPONSE)

    return await call(request, work)


@router.patch("/{key}")
async def patch_group(request: Request, key: str) -> Response:
    async def work(session: Session, actor: Actor) -> Response:
        patch = PatchOp[Group].model_validate_json(
            await body_of(request), scim_ctx=Context.RESOURCE_PATCH_REQUEST
        )
        wanted = await _read(request, session, actor, key)
        require_version(request, wanted)
        patch.patch(wanted)
        await scim.groups.change(session, actor, await scim.groups.find(session, actor, key), wanted)
        return await _shown(request, session, actor, key, Context.RESOURCE_PATCH_RESPONSE)

    return await call(request, work)


@router.put("/{key}")
async def replace_group(request: Request, key: str) -> Response:
    async def work(session: Session, actor: Actor) -> Response:
        require_version(request, await _read(request, session, actor, key))
        wanted = Group.model_validate_json(
            await body_of(request), scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST
        )
        await scim.groups.change(session, actor, await scim.groups.find(session, actor, key), wanted)
        return await _shown(request, session, actor, key, Context.RESOURCE_REPLACEMENT_RESPONSE)

    return await call(request, work)


@router.post("")
@router.delete("/{key}")
async def refused(request: Request) -> Response:
    async def work(session: Session, actor: Actor) -> Response:
        raise ForbiddenException(
            detail=_("Roles are named and made in Serai; a directory says who has them.")
        )

    return await call(request, work)


async def _read(request: Request, session: Session, actor: Actor, key: str) -> Group:
    role = await scim.groups.find(session, actor, key)
    people = await scim.directory.people(session, actor)
    return scim.rendering.group(role, people, base_of(request))


async def _shown(request: Request, session: Session, actor: Actor, key: str, context: Context) -> Response:
    found = await _read(request, session, actor, key)
    intent = ResponseParameters[Group].model_validate(dict(request.query_params))
    return answer(request, found, context, response_parameters=intent)
