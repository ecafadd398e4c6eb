"""The session cookie: an opaque token, looked up on every request."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Database, Session
from serai.kit.errors import Unauthenticated
from serai.kit.i18n import _

# With the prefix a browser takes it from this host alone: no system beside us can plant one.
_SECURE_COOKIE, COOKIE = "__Host-serai_session", "serai_session"
_TWO_WEEKS = 14 * 24 * 3600

Recognise = Callable[[Session, str], Awaitable[Actor | None]]


async def load_actor(request: Request, database: Database, recognise: Recognise) -> Actor | None:
    """Who is signed in; kept in `request.state.actor`, where templates find it."""
    token = token_of(request.cookies)
    actor = None
    if token:
        async with database.acting(SYSTEM).transaction() as session:
            actor = await recognise(session, token)
    request.state.actor = actor
    return actor


def signed_in(request: Request) -> Actor:
    """Raises Unauthenticated, which pages answer with the sign-in form."""
    actor: Actor | None = request.state.actor
    if actor is None:
        raise Unauthenticated(_("Sign in to see this page."))
    return actor


def token_of(cookies: Mapping[str, str]) -> str:
    """The session's token among a browser's cookies, or nothing."""
    return cookies.get(_SECURE_COOKIE) or cookies.get(COOKIE) or ""


def set_cookie(response: Response, token: str, *, secure: bool) -> None:
    response.set_cookie(
        _name(secure=secure), token, max_age=_TWO_WEEKS, httponly=True, samesite="lax", secure=secure, path="/"
    )


def clear_cookie(response: Response, *, secure: bool) -> None:
    response.delete_cookie(_name(secure=secure), path="/", secure=secure, httponly=True)


def _name(*, secure: bool) -> str:
    return _SECURE_COOKIE if secure else COOKIE
