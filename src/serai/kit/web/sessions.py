"""The session cookie: an opaque token, looked up on every request."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from serai.kit.actor import Actor
from serai.kit.db import Database, Session
from serai.kit.errors import Unauthenticated
from serai.kit.i18n import _

COOKIE = "serai_session"
_TWO_WEEKS = 14 * 24 * 3600

Recognise = Callable[[Session, str], Awaitable[Actor | None]]


async def load_actor(request: Request, database: Database, recognise: Recognise) -> Actor | None:
    """Who is signed in; kept in `request.state.actor`, where templates find it."""
    token = request.cookies.get(COOKIE)
    actor = None
    if token:
        async with database.transaction() as session:
            actor = await recognise(session, token)
    request.state.actor = actor
    return actor


def signed_in(request: Request) -> Actor:
    """Raises Unauthenticated, which pages answer with the sign-in form."""
    actor: Actor | None = request.state.actor
    if actor is None:
        raise Unauthenticated(_("Sign in to see this page."))
    return actor


def set_cookie(response: Response, token: str, *, secure: bool) -> None:
    response.set_cookie(
        COOKIE, token, max_age=_TWO_WEEKS, httponly=True, samesite="lax", secure=secure, path="/"
    )


def clear_cookie(response: Response) -> None:
    response.delete_cookie(COOKIE, path="/")
