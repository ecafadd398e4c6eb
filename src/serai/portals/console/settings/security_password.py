"""Set, change or remove the password."""

from fastapi import APIRouter, Depends, Request, Response

from serai.kit.errors import Invalid, SeraiError
from serai.kit.i18n import _
from serai.kit.origin import origin
from serai.kit.web.problems import status_of
from serai.modules import identity
from serai.portals.console.settings.forms import PasswordForm
from serai.portals.console.settings.person import back, renew_session, signed_in_person, with_session
from serai.portals.shared import sign_in_mails
from serai.portals.shared.access import acting, database, page
from serai.portals.shared.browser import browser_of
from serai.portals.shared.step_up import sudo
from serai.portals.ui.forms import from_request

router = APIRouter(prefix="/settings/security/password", dependencies=[Depends(sudo)])


@router.get("")
async def password_form(request: Request) -> Response:
    return await _page(request, await from_request(PasswordForm, request))


@router.post("")
async def change(request: Request) -> Response:
    """All other sessions end: whoever has one open may have the old password."""
    form = await from_request(PasswordForm, request)
    if not form.validate():
        return await _page(request, form, 422)
    try:
        user = await _require_current(request, form)
        password = identity.passwords.check(form.password.data or "", [user.email, user.name])
        made_hash = await identity.passwords.hash_password(password)
        async with database(request).transaction() as session:
            user = await signed_in_person(request, session)
            await identity.passwords.put(session, acting(request), user, made_hash)
            await identity.sessions.revoke_other_sessions(session, acting(request))
            await sign_in_mails.password_changed(session, user)
            token = await renew_session(request, session)
    except SeraiError as error:
        form.take(error)
        return await _page(request, form, status_of(error))
    return with_session(request, back(_("Your password is set. Other sessions were ended.")), token)


@router.post("/remove")
async def remove(request: Request) -> Response:
    async with database(request).transaction() as session:
        user = await signed_in_person(request, session)
        await identity.passwords.remove(session, acting(request), user)
        await sign_in_mails.password_removed(session, user)
        token = await renew_session(request, session)
    return with_session(request, back(_("Your password is removed.")), token)


async def _require_current(request: Request, form: PasswordForm) -> identity.User:
    async with database(request).transaction() as session:
        user = await signed_in_person(request, session)
        if not await identity.passwords.has_password(session, user.id):
            return user
        guess = await identity.passwords.count_guess(session, user.email, browser_of(request), origin().ip)
    if not await identity.passwords.verify(guess.stored, form.current.data or ""):
        message = _("This is not your present password.")
        raise Invalid(message, fields={"current": message})
    async with database(request).transaction() as session:
        await identity.throttle.refund(session, guess.budgets)
    return user


async def _page(request: Request, form: PasswordForm, status: int = 200) -> Response:
    async with database(request).transaction() as session:
        user = await signed_in_person(request, session)
        has_one = await identity.passwords.has_password(session, user.id)
    form.current.data = form.password.data = None
    response = page(
        request, "console/settings/security_password.html", form=form, has_one=has_one, email=user.email,
        shortest=identity.passwords.SHORTEST,
    )  # fmt: skip
    response.status_code = status
    return response
