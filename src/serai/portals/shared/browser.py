"""The browser's own cookie: what is begun in a browser is finished in it, and known devices are told."""

import secrets

from fastapi import Request, Response

from serai.kit.web.cookies import TokenCookie
from serai.portals.shared.access import settings

_COOKIE = TokenCookie("serai_browser", seconds=365 * 24 * 3600)
_LONGEST = 100


def browser_of(request: Request) -> str:
    """The token in the cookie, or a new one, which `keep_browser` has to set."""
    found: str | None = getattr(request.state, "browser", None)
    if found is None:
        given = _COOKIE.of(request.cookies, secure=settings(request).is_secure)
        found = given if 20 <= len(given) <= _LONGEST else secrets.token_urlsafe(32)
        request.state.browser = found
    return found


def keep_browser(request: Request, response: Response, token: str | None = None) -> Response:
    _COOKIE.put(response, token or browser_of(request), secure=settings(request).is_secure)
    return response
