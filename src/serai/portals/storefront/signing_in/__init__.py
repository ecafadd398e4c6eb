"""Signing in, by every way there is, and out."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.i18n import _
from serai.kit.web.sessions import clear_cookie
from serai.kit.web.templates import flash
from serai.modules import identity
from serai.portals.shared.access import session_token, settings, system_database
from serai.portals.shared.paths import local_path
from serai.portals.storefront.signing_in import (
    by_code,
    by_passkey,
    by_password,
    by_provider,
    email_links,
    reset,
    second_step,
)

__all__ = ["local_path", "router"]

router = APIRouter()


@router.post("/signout")
async def sign_out(request: Request) -> Response:
    async with system_database(request).transaction() as session:
        await identity.sign_out(session, session_token(request))
    response = RedirectResponse("/", status_code=303)
    clear_cookie(response, secure=settings(request).is_secure)
    flash(response, _("You are signed out."))
    return response


for _part in (by_code, by_password, by_passkey, by_provider, second_step, reset, email_links):
    router.include_router(_part.router)
