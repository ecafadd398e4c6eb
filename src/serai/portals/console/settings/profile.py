"""/console/settings/profile: the person's name and language, and the end of their login."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.errors import Conflict, Invalid, SeraiError
from serai.kit.i18n import _, lazy
from serai.kit.web.navigation import NavItem, register
from serai.kit.web.problems import status_of
from serai.kit.web.sessions import clear_cookie
from serai.kit.web.templates import flash
from serai.modules import identity
from serai.portals.console.settings.account_forms import ProfileForm
from serai.portals.shared.access import acting, back_to, database, page, settings
from serai.portals.shared.step_up import sudo
from serai.portals.ui.forms import from_request

_HERE = "/settings/profile"
register("settings", NavItem(lazy("Profile"), f"/console{_HERE}", "user", order=10, group=lazy("You")))
router = APIRouter()


@router.get(_HERE)
async def profile(request: Request) -> Response:
    return await _page(request)


@router.post(_HERE)
async def change(request: Request) -> Response:
    form = await from_request(ProfileForm, request)
    if not form.validate():
        return await _page(request, form, 422)
    try:
        async with database(request).transaction() as session:
            await identity.people.update_profile(
                session, acting(request), form.name.data or "", form.language.data
            )
    except SeraiError as error:
        form.take(error)
        return await _page(request, form, status_of(error))
    return back_to(request, _HERE, _("Your profile is saved."))


@router.post(f"{_HERE}/delete", dependencies=[Depends(sudo)])
async def delete(request: Request) -> Response:
    typed = str((await request.form()).get("confirmed_name", ""))
    try:
        async with database(request).transaction() as session:
            await identity.people.delete_me(session, acting(request), typed)
    except (Conflict, Invalid) as error:
        return back_to(request, _HERE, error.message, "danger")
    response = RedirectResponse("/", status_code=303)
    clear_cookie(response, secure=settings(request).is_secure)
    flash(response, _("Your login is deleted."))
    return response


async def _page(request: Request, form: ProfileForm | None = None, status: int = 200) -> Response:
    async with database(request).transaction() as session:
        user = await identity.people.person(session, acting(request))
    form = form or ProfileForm(data={"name": user.name, "language": user.language})
    response = page(request, "console/settings/profile.html", user=user, form=form)
    response.status_code = status
    return response
