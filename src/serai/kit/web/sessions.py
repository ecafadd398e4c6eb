"""The session cookie: an opaque token, looked up on every request."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Database, Session
from serai.kit.errors import Unauthenticated
from serai.kit.i18n import _
from serai.kit.web.cookies import TokenCookie

COOKIE = "serai_session"
_COOKIE = TokenCookie(COOKIE, seconds=30 * 24 * 3600)

Recognise = Callable[[Session, str], Awaitable[Actor | None]]


async def load_actor(
    request: Request, database: Database, token: str, recognise: Recognise
) -> Actor | None:
    """Who is signed in; kept in `request.state.actor`, where templates find it."""
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


def token_of(cookies: Mapping[str, str], *, secure: bool) -> str:
    """The session's token among a browser's cookies, or nothing."""
    return _COOKIE.of(cookies, secure=secure)


def set_cookie(response: Response, token: str, *, secure: bool) -> None:
    _COOKIE.put(response, token, secure=secure)


def clear_cookie(response: Response, *, secure: bool) -> None:
    _COOKIE.clear(response, secure=secure)
