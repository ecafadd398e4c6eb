"""/console/settings/roles: who may what, as a matrix, and the account's own roles."""


from fastapi import APIRouter, Request, Response

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import SeraiError
from serai.kit.i18n import _, lazy
from serai.kit.permissions import defined
from serai.kit.web.navigation import NavItem, register
from serai.kit.web.problems import status_of
from serai.modules import identity
from serai.portals.console.settings.account_forms import RoleForm
from serai.portals.shared.access import acting, back_to, database, page
from serai.portals.shared.acts import Work, apply
from serai.portals.shared.permissions import by_resource
from serai.portals.shared.visibility import who_may
from serai.portals.ui.forms import choice, from_request

_HERE = "/settings/roles"
register("settings", NavItem(lazy("Roles"), f"/console{_HERE}", "id", order=50, group=lazy("Account"), visible=who_may(identity.policy.ROLES_READ)))
router = APIRouter()


@router.get(_HERE)
async def matrix(request: Request) -> Response:
    actor = acting(request)
    async with database(request).transaction() as session:
        roles = await identity.roles.list_roles(session, actor)
    return page(
        request, "console/settings/roles.html", roles=roles, resources=by_resource(defined("account")),
        may_manage=identity.policy.ROLES_MANAGE.allows(actor, account_id=actor.account_id),
    )  # fmt: skip


@router.get(f"{_HERE}/new")
async def new(request: Request) -> Response:
    identity.policy.ROLES_MANAGE.require(acting(request), account_id=acting(request).account_id)
    return _form_page(request, await _form(request))


@router.post(f"{_HERE}/new")
async def create(request: Request) -> Response:
    form = await _form(request)

    async def work(session: Session, actor: Actor) -> None:
        await identity.roles.create_role(session, actor, form.name.data or "", form.permissions.data or [])

    return await _save(request, form, work, _("The role is made; give it to somebody in the team."))


@router.get(f"{_HERE}/{{role_id}}")
async def edit(request: Request, role_id: str) -> Response:
    async with database(request).transaction() as session:
        role = await identity.roles.get_role(session, acting(request), role_id)
    form = await _form(request, name=role.name, permissions=role.permissions)
    return _form_page(request, form, role_id)


@router.post(f"{_HERE}/{{role_id}}")
async def update(request: Request, role_id: str) -> Response:
    form = await _form(request)

    async def work(session: Session, actor: Actor) -> None:
        await identity.roles.update_role(
            session, actor, role_id, form.name.data or "", form.permissions.data or []
        )

    return await _save(request, form, work, _("The role is changed; it holds at once."), role_id)


@router.post(f"{_HERE}/{{role_id}}/delete")
async def delete(request: Request, role_id: str) -> Response:
    async def work(session: Session, actor: Actor) -> None:
        await identity.roles.delete_role(session, actor, role_id)

    return await apply(request, _HERE, work, _("The role is gone."))


async def _form(request: Request, **initial: object) -> RoleForm:
    """Offers what the actor may: nobody makes a role that can do more."""
    form = await from_request(RoleForm, request, **initial)
    grants = acting(request).grants
    held = [each for each in defined("account") if f"{each.name}:account" in grants]
    form.permissions.choices = [choice(each.name, str(each.text)) for each in held]
    return form


async def _save(
    request: Request, form: RoleForm, work: Work, said: str, role_id: str | None = None
) -> Response:
    if not form.validate():
        return _form_page(request, form, role_id, 422)
    try:
        async with database(request).transaction() as session:
            await work(session, acting(request))
    except SeraiError as error:
        form.take(error)
        return _form_page(request, form, role_id, status_of(error))
    return back_to(request, _HERE, said)


def _form_page(
    request: Request, form: RoleForm, role_id: str | None = None, status: int = 200
) -> Response:
    offered = {value for value, *_rest in form.permissions.iter_choices()}
    permissions = [each for each in defined("account") if each.name in offered]
    response = page(
        request, "console/settings/role.html", form=form, role_id=role_id,
        resources=by_resource(permissions), chosen=set(form.permissions.data or []),
    )  # fmt: skip
    response.status_code = status
    return response
