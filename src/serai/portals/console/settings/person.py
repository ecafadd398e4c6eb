"""What the security pages begin and end with."""

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.db import Session
from serai.kit.web.sessions import set_cookie
from serai.kit.web.templates import flash
from serai.modules import identity
from serai.portals.shared.access import acting, page, session_token, settings

SECURITY = "/console/settings/security"


async def signed_in_person(request: Request, session: Session) -> identity.User:
    return await identity.people.person(session, acting(request))


def back(message: object, tone: str = "success", path: str = SECURITY) -> Response:
    response = RedirectResponse(path, status_code=303)
    flash(response, message, tone)
    return response


async def renew_session(request: Request, session: Session) -> str:
    """After a way in has changed, the cookie of before is worth nothing."""
    return await identity.sessions.rotate(session, session_token(request))


def with_session(request: Request, response: Response, token: str) -> Response:
    set_cookie(response, token, secure=settings(request).is_secure)
    return response


def show_recovery_codes(request: Request, codes: list[str], heading: str) -> Response:
    """Once, and kept by no cache."""
    response = page(request, "console/settings/recovery_codes.html", codes=codes, heading=heading)
    response.headers["Cache-Control"] = "no-store"
    return response
