"""The browser's own cookie: what is begun in a browser is finished in it, and known devices are told."""

import secrets

from fastapi import Request, Response

from serai.portals.frame.access import settings

_SECURE_COOKIE, COOKIE = "__Host-serai_browser", "serai_browser"
_YEAR = 365 * 24 * 3600
_LONGEST = 100


def browser_of(request: Request) -> str:
    """The token in the cookie, or a new one, which `keep_browser` has to set."""
    found: str | None = getattr(request.state, "browser", None)
    if found is None:
        given = request.cookies.get(_name(request), "")
        found = given if 20 <= len(given) <= _LONGEST else secrets.token_urlsafe(32)
        request.state.browser = found
    return found


def keep_browser(request: Request, response: Response, token: str | None = None) -> Response:
    response.set_cookie(
        _name(request), token or browser_of(request), max_age=_YEAR, httponly=True, samesite="lax",
        secure=_is_secure(request), path="/",
    )  # fmt: skip
    return response


def _name(request: Request) -> str:
    return _SECURE_COOKIE if _is_secure(request) else COOKIE


def _is_secure(request: Request) -> bool:
    return settings(request).scheme == "https"
