"""/admin/staff: who works here, in which role, and what each role may."""

from fastapi import APIRouter, Depends, Request, Response
from wtforms import EmailField, SelectField
from wtforms.validators import InputRequired, Length

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import SeraiError
from serai.kit.i18n import _, lazy, lazy_str
from serai.kit.permissions import defined
from serai.kit.web.navigation import NavItem, register
from serai.kit.web.problems import status_of
from serai.modules import identity
from serai.portals.shared.access import acting, back_to, database, page
from serai.portals.shared.acts import apply
from serai.portals.shared.permissions import by_resource
from serai.portals.shared.step_up import sudo
from serai.portals.shared.visibility import who_may
from serai.portals.ui.forms import Form, choice, from_request

register("admin", NavItem(lazy("Staff"), "/admin/staff", "users-group", order=60, visible=who_may(identity.policy.STAFF_READ)))
router = APIRouter()


class StaffForm(Form):
    email = EmailField(lazy_str("E-mail"), [InputRequired(), Length(max=254)])
    role = SelectField(
        lazy_str("Role"), [InputRequired()], default="read-only",
        choices=[choice(each.key, each.name) for each in identity.builtin_roles.STAFF_ROLES],  # type: ignore[arg-type]
    )  # fmt: skip


@router.get("/staff")
async def staff(request: Request) -> Response:
    return await _page(request, await from_request(StaffForm, request))


@router.post("/staff", dependencies=[Depends(sudo)])
async def appoint(request: Request) -> Response:
    form = await from_request(StaffForm, request)
    if not form.validate():
        return await _page(request, form, 422)
    try:
        async with database(request).transaction() as session:
            user = await identity.staff.appoint(
                session, acting(request), form.email.data or "", form.role.data
            )
    except SeraiError as error:
        form.take(error)
        return await _page(request, form, status_of(error))
    return back_to(request, "/staff", _("%(email)s is staff now.", email=user.email))


@router.post("/staff/{user_id}/dismiss", dependencies=[Depends(sudo)])
async def dismiss(request: Request, user_id: str) -> Response:
    async def work(session: Session, actor: Actor) -> None:
        await identity.staff.dismiss(session, actor, user_id)

    return await apply(request, "/staff", work, _("No longer staff; their sessions have ended."))


async def _page(request: Request, form: StaffForm, status: int = 200) -> Response:
    async with database(request).transaction() as session:
        people = await identity.staff.list_staff(session, acting(request))
    roles = identity.builtin_roles.STAFF_ROLES
    response = page(
        request, "admin/staff.html", people=people, form=form, roles=roles,
        names={each.key: each.name for each in roles}, resources=by_resource(defined("platform")),
        grants={each.key: identity.builtin_roles.staff_grants(each.key) for each in roles},
        may_manage=identity.policy.STAFF_MANAGE.allows(acting(request)), me=acting(request).user_id,
    )  # fmt: skip
    response.status_code = status
    return response
