"""/console/settings/team: who is in the account, in which role, and who is invited."""

from fastapi import APIRouter, Request, Response

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import SeraiError
from serai.kit.i18n import _, lazy
from serai.kit.web.navigation import NavItem, register
from serai.kit.web.problems import status_of
from serai.modules import identity
from serai.portals.console.settings.account_forms import InvitationForm
from serai.portals.shared import invitation_mail
from serai.portals.shared.access import acting, back_to, database, page, settings
from serai.portals.shared.acts import apply
from serai.portals.shared.visibility import who_may
from serai.portals.ui.forms import choice, from_request

_HERE = "/settings/team"
register("settings", NavItem(lazy("Team"), f"/console{_HERE}", "users", order=40, group=lazy("Account"), visible=who_may(identity.policy.TEAM_READ)))
router = APIRouter()


@router.get(_HERE)
async def team(request: Request) -> Response:
    return await _page(request, await from_request(InvitationForm, request))


@router.post(f"{_HERE}/invitations")
async def invite(request: Request) -> Response:
    form = await from_request(InvitationForm, request)
    async with database(request).transaction() as session:
        await _offer_roles(session, acting(request), form)
    if not form.validate():
        return await _page(request, form, 422)
    try:
        async with database(request).transaction() as session:
            issued = await identity.invitations.invite(
                session, acting(request), form.email.data or "", form.role.data
            )
            await invitation_mail.send(session, settings(request), acting(request), issued)
    except SeraiError as error:
        form.take(error)
        return await _page(request, form, status_of(error))
    return back_to(request, _HERE, _("%(email)s is invited.", email=issued.invitation.email))


@router.post(f"{_HERE}/invitations/{{invitation_id}}/revoke")
async def revoke(request: Request, invitation_id: str) -> Response:
    async def work(session: Session, actor: Actor) -> None:
        await identity.invitations.revoke_invitation(session, actor, invitation_id)

    return await apply(request, _HERE, work, _("The invitation no longer works."))


@router.post(f"{_HERE}/{{user_id}}/role")
async def change_role(request: Request, user_id: str) -> Response:
    role = str((await request.form()).get("role", ""))

    async def work(session: Session, actor: Actor) -> None:
        await identity.members.change_role(session, actor, user_id, role)

    return await apply(request, _HERE, work, _("The role is changed; it holds at once."))


@router.post(f"{_HERE}/{{user_id}}/remove")
async def remove(request: Request, user_id: str) -> Response:
    path = "/accounts" if user_id == acting(request).user_id else _HERE

    async def work(session: Session, actor: Actor) -> None:
        await identity.members.remove(session, actor, user_id)

    return await apply(request, path, work, _("Out of the team; sessions and keys have ended."))


@router.post(f"{_HERE}/{{user_id}}/suspend")
async def suspend(request: Request, user_id: str) -> Response:
    async def work(session: Session, actor: Actor) -> None:
        await identity.members.suspend(session, actor, user_id)

    return await apply(request, _HERE, work, _("Shut out for now; sessions and keys have ended."))


@router.post(f"{_HERE}/{{user_id}}/resume")
async def resume(request: Request, user_id: str) -> Response:
    async def work(session: Session, actor: Actor) -> None:
        await identity.members.resume(session, actor, user_id)

    return await apply(request, _HERE, work, _("Back in the team."))


async def _page(request: Request, form: InvitationForm, status: int = 200) -> Response:
    actor = acting(request)
    async with database(request).transaction() as session:
        members = await identity.members.list_members(session, actor)
        invitations = await identity.invitations.open_invitations(session, actor)
        roles = await _offer_roles(session, actor, form)
    response = page(
        request, "console/settings/team.html", members=members, invitations=invitations, form=form,
        roles=roles, names={each.key: each.name for each in roles}, now=clock.now(),
        may_manage=identity.policy.TEAM_MANAGE.allows(actor, account_id=actor.account_id),
        me=actor.user_id, above={each.key for each in roles if not each.grants <= actor.grants},
    )  # fmt: skip
    response.status_code = status
    return response


async def _offer_roles(
    session: Session, actor: Actor, form: InvitationForm
) -> list[identity.RoleView]:
    """Only roles that allow no more than one's own can be given."""
    roles = await identity.roles.list_roles(session, actor)
    form.role.choices = [choice(each.key, str(each.name)) for each in roles if each.grants <= actor.grants]
    return roles
