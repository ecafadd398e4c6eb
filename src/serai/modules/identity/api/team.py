"""/api/v1/members and /api/v1/invitations. Inviting needs a mail, and so is a page of the console."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.web.api import ROOT, Answer, Call, CallOnce
from serai.kit.web.openapi import returns
from serai.modules.identity import invitations, members
from serai.modules.identity.api.views import InvitationView, MemberView, invitation_view, member_view

router = APIRouter(prefix=ROOT, tags=["team"])
UserId = Annotated[str, Path(max_length=64, description="The person's id, usr_…")]


class Members(msgspec.Struct, frozen=True):
    data: list[MemberView]


class Invitations(msgspec.Struct, frozen=True):
    data: list[InvitationView]


class MemberChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: str = Field(max_length=64, examples=["developer"])


@router.get("/members", responses=returns(200, Members))
async def list_members(call: Call) -> Response:
    """The account's team."""

    async def work(session: Session, actor: Actor) -> Answer:
        found = await members.list_members(session, actor)
        return Answer(Members([member_view(member, user) for member, user in found]))

    return await call.answer(work)


@router.patch("/members/{user_id}", responses=returns(200, Members))
async def change_member(call: CallOnce, user_id: UserId, change: MemberChange) -> Response:
    """Give a member another role; it holds from their next request on."""

    async def work(session: Session, actor: Actor) -> Answer:
        await members.change_role(session, actor, user_id, change.role)
        found = await members.list_members(session, actor)
        return Answer(Members([member_view(member, user) for member, user in found]))

    return await call.answer_once(work)


@router.delete("/members/{user_id}", responses=returns(200, Members))
async def remove_member(call: CallOnce, user_id: UserId) -> Response:
    """Take somebody out of the account; their sessions and keys there end at once."""

    async def work(session: Session, actor: Actor) -> Answer:
        await members.remove(session, actor, user_id)
        found = await members.list_members(session, actor)
        return Answer(Members([member_view(member, user) for member, user in found]))

    return await call.answer_once(work)


@router.get("/invitations", responses=returns(200, Invitations))
async def list_invitations(call: Call) -> Response:
    """Those that were neither accepted nor revoked."""

    async def work(session: Session, actor: Actor) -> Answer:
        found = await invitations.open_invitations(session, actor)
        return Answer(Invitations([invitation_view(each) for each in found]))

    return await call.answer(work)


@router.delete("/invitations/{invitation_id}", responses=returns(200, InvitationView))
async def revoke_invitation(
    call: CallOnce, invitation_id: Annotated[str, Path(max_length=64)]
) -> Response:
    """Its link no longer works."""

    async def work(session: Session, actor: Actor) -> Answer:
        return Answer(invitation_view(await invitations.revoke_invitation(session, actor, invitation_id)))

    return await call.answer_once(work)
