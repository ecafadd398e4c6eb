"""/api/v1/roles"""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.web.api import ROOT, Answer, Call, CallOnce
from serai.kit.web.openapi import returns
from serai.modules.identity import roles
from serai.modules.identity.api.views import RoleShown, own_role_view, role_view

router = APIRouter(prefix=f"{ROOT}/roles", tags=["team"])
RoleId = Annotated[str, Path(max_length=64, description="An own role's id, role_…")]


class Roles(msgspec.Struct, frozen=True):
    data: list[RoleShown]


class RoleOrder(BaseModel):
    """`permissions` by name; nobody gives more than they have."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=100, examples=["Night shift"])
    permissions: list[Annotated[str, Field(max_length=64)]] = Field(
        max_length=200, examples=[["launches:read", "launches:operate"]]
    )


@router.get("", responses=returns(200, Roles))
async def list_roles(call: Call) -> Response:
    """The built-in roles and the account's own, with what they allow."""

    async def work(session: Session, actor: Actor) -> Answer:
        return Answer(Roles([role_view(each) for each in await roles.list_roles(session, actor)]))

    return await call.answer(work)


@router.post("", status_code=201, responses=returns(201, RoleShown))
async def create_role(call: CallOnce, order: RoleOrder) -> Response:
    async def work(session: Session, actor: Actor) -> Answer:
        role = await roles.create_role(session, actor, order.name, order.permissions)
        return Answer(own_role_view(role), 201)

    return await call.answer_once(work)


@router.put("/{role_id}", responses=returns(200, RoleShown))
async def update_role(call: CallOnce, role_id: RoleId, order: RoleOrder) -> Response:
    """It holds at once for everybody who has the role."""

    async def work(session: Session, actor: Actor) -> Answer:
        role = await roles.update_role(session, actor, role_id, order.name, order.permissions)
        return Answer(own_role_view(role))

    return await call.answer_once(work)


@router.delete("/{role_id}", responses=returns(200, RoleShown))
async def delete_role(call: CallOnce, role_id: RoleId) -> Response:
    """While somebody has it, it stays (409)."""

    async def work(session: Session, actor: Actor) -> Answer:
        role = await roles.get_role(session, actor, role_id)
        shown = own_role_view(role)
        await roles.delete_role(session, actor, role_id)
        return Answer(shown)

    return await call.answer_once(work)
