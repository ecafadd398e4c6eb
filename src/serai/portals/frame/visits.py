"""Support's visit in a customer's account: a cookie beside the member of staff's own."""

from collections.abc import Mapping

from starlette.responses import Response

_SECURE_COOKIE, COOKIE = "__Host-serai_visit", "serai_visit"
_AN_HOUR = 3600


def visit_of(cookies: Mapping[str, str]) -> str:
    return cookies.get(_SECURE_COOKIE) or cookies.get(COOKIE) or ""


def set_visit(response: Response, token: str, *, secure: bool) -> None:
    response.set_cookie(
        _name(secure=secure), token, max_age=_AN_HOUR, httponly=True, samesite="lax", secure=secure, path="/"
    )


def clear_visit(response: Response, *, secure: bool) -> None:
    response.delete_cookie(_name(secure=secure), path="/", secure=secure, httponly=True)


def _name(*, secure: bool) -> str:
    return _SECURE_COOKIE if secure else COOKIE
