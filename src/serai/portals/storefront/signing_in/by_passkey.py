"""Passkeys: the browser asks for a challenge, signs it, and posts the answer as a form."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.errors import SeraiError
from serai.kit.web.templates import flash
from serai.modules import identity
from serai.portals.shared.access import settings, system_database
from serai.portals.shared.browser import browser_of, keep_browser
from serai.portals.shared.paths import local_path
from serai.portals.storefront.signing_in.arrival import arrive

router = APIRouter()


@router.post("/signin/passkey/options")
async def options(request: Request) -> Response:
    """For any passkey of this site, without an address; within a second step, for the person's own."""
    async with system_database(request).transaction() as session:
        text = await identity.passkeys.sign_in_options(session, settings(request), browser_of(request))
    return keep_browser(request, Response(text, media_type="application/json"))


@router.post("/signin/passkey")
async def sign_in(request: Request) -> Response:
    form = await request.form()
    answer, wanted = str(form.get("answer", "")), local_path(str(form.get("next", "")))
    try:
        async with system_database(request).transaction() as session:
            challenge = await identity.passkeys.take_challenge(session, browser_of(request))
        async with system_database(request).transaction() as session:
            user = await identity.passkeys.recognise(session, settings(request), challenge, answer)
            entry = await identity.pending.finish(session, user, "passkey", browser_of(request))
            return await arrive(request, session, entry, wanted)
    except SeraiError as error:
        response = RedirectResponse("/signin", status_code=303)
        flash(response, error.message, "danger")
        return response
