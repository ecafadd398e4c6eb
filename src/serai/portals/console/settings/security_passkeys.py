"""Add, rename and remove passkeys."""

from fastapi import APIRouter, Depends, Request, Response

from serai.kit.errors import SeraiError
from serai.kit.i18n import _
from serai.modules import identity
from serai.portals.console.settings.forms import PasskeyForm
from serai.portals.console.settings.person import (
    SECURITY,
    back,
    renew_session,
    show_recovery_codes,
    signed_in_person,
    with_session,
)
from serai.portals.shared import sign_in_mails
from serai.portals.shared.access import acting, database, page, settings
from serai.portals.shared.browser import browser_of, keep_browser
from serai.portals.shared.step_up import sudo
from serai.portals.ui.forms import from_request

router = APIRouter(prefix="/settings/security/passkeys", dependencies=[Depends(sudo)])


@router.get("/new")
async def new_form(request: Request) -> Response:
    form = await from_request(PasskeyForm, request, name=identity.device_name(request.headers.get("user-agent")))
    return page(request, "console/settings/security_passkey.html", form=form)


@router.post("/options")
async def options(request: Request) -> Response:
    async with database(request).transaction() as session:
        user = await signed_in_person(request, session)
        text = await identity.passkeys.registration_options(
            session, user, settings(request), browser_of(request)
        )
    return keep_browser(request, Response(text, media_type="application/json"))


@router.post("")
async def register(request: Request) -> Response:
    form = await request.form()
    answer, name = str(form.get("answer", "")), str(form.get("name", ""))
    try:
        async with database(request).transaction() as session:
            challenge = await identity.passkeys.take_challenge(
                session, browser_of(request), identity.passkeys.REGISTRATION
            )
        async with database(request).transaction() as session:
            user = await signed_in_person(request, session)
            codes = await identity.passkeys.register(
                session, acting(request), user, settings(request), challenge, answer, name
            )
            await sign_in_mails.passkey_added(session, user, name)
            token = await renew_session(request, session)
    except SeraiError as error:
        return back(error.message, "danger", f"{SECURITY}/passkeys/new")
    if not codes:
        return with_session(request, back(_("The passkey is added.")), token)
    return with_session(request, show_recovery_codes(request, codes, _("The passkey is added")), token)


@router.post("/{passkey_id}/rename")
async def rename(request: Request, passkey_id: str) -> Response:
    name = str((await request.form()).get("name", ""))
    async with database(request).transaction() as session:
        user = await signed_in_person(request, session)
        await identity.passkeys.rename(session, acting(request), user, passkey_id, name)
    return back(_("The passkey has a new name."))


@router.post("/{passkey_id}/remove")
async def remove(request: Request, passkey_id: str) -> Response:
    async with database(request).transaction() as session:
        user = await signed_in_person(request, session)
        removed = await identity.passkeys.remove(session, acting(request), user, passkey_id)
        await sign_in_mails.passkey_removed(session, user, removed.name)
        token = await renew_session(request, session)
    return with_session(request, back(_("The passkey is removed.")), token)
