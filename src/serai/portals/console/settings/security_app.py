"""The authenticator app, and the recovery codes."""

from fastapi import APIRouter, Depends, Request, Response

from serai.kit.errors import Conflict, Invalid, SeraiError
from serai.kit.i18n import _
from serai.kit.web.problems import status_of
from serai.modules import identity
from serai.portals.console.settings.forms import AppForm
from serai.portals.console.settings.person import (
    back,
    renew_session,
    show_recovery_codes,
    signed_in_person,
    with_session,
)
from serai.portals.shared import sign_in_mails
from serai.portals.shared.access import acting, database, page
from serai.portals.shared.step_up import sudo
from serai.portals.ui.forms import from_request

router = APIRouter(prefix="/settings/security", dependencies=[Depends(sudo)])


@router.get("/app")
async def set_up(request: Request) -> Response:
    vault = request.app.state.platform.vault
    try:
        async with database(request).transaction() as session:
            user = await signed_in_person(request, session)
            enrolment = await identity.totp.begun(session, user, vault)
            if enrolment is None:
                enrolment = await identity.totp.begin(session, user, vault)
    except Conflict as error:
        return back(error.message, "info")
    return _page(request, await from_request(AppForm, request), enrolment)


@router.post("/app")
async def confirm(request: Request) -> Response:
    form, vault = await from_request(AppForm, request), request.app.state.platform.vault
    async with database(request).transaction() as session:
        enrolment = await identity.totp.begun(session, await signed_in_person(request, session), vault)
    if enrolment is None:
        return back(_("This set-up is over. Begin it again."), "warning")
    if not form.validate():
        return _page(request, form, enrolment, 422)
    try:
        async with database(request).transaction() as session:
            user = await signed_in_person(request, session)
            codes = await identity.totp.confirm(session, acting(request), user, vault, form.code.data or "")
            await sign_in_mails.app_added(session, user)
            token = await renew_session(request, session)
    except SeraiError as error:
        form.take(error)
        return _page(request, form, enrolment, status_of(error))
    if not codes:
        return with_session(request, back(_("The authenticator app is set up.")), token)
    return with_session(request, show_recovery_codes(request, codes, _("The authenticator app is set up")), token)


@router.post("/app/remove")
async def remove(request: Request) -> Response:
    async with database(request).transaction() as session:
        user = await signed_in_person(request, session)
        await identity.totp.remove(session, acting(request), user)
        await sign_in_mails.app_removed(session, user)
        token = await renew_session(request, session)
    return with_session(request, back(_("The authenticator app is removed.")), token)


@router.post("/recovery-codes")
async def new_codes(request: Request) -> Response:
    async with database(request).transaction() as session:
        user = await signed_in_person(request, session)
        if not (await identity.step_up.proofs(session, user)).second_step:
            raise Invalid(_("Set up an authenticator app or a passkey first."))
        codes = await identity.recovery.generate(session, acting(request), user)
        await sign_in_mails.recovery_codes_made(session, user)
        token = await renew_session(request, session)
    return with_session(request, show_recovery_codes(request, codes, _("New recovery codes")), token)


def _page(
    request: Request, form: AppForm, enrolment: identity.totp.Enrolment, status: int = 200
) -> Response:
    response = page(request, "console/settings/security_app.html", form=form, enrolment=enrolment)
    response.status_code, response.headers["Cache-Control"] = status, "no-store"
    return response
