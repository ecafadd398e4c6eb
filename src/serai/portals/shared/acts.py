"""What most buttons do: one change in one transaction, then back with a toast."""

from collections.abc import Awaitable, Callable

from fastapi import Request, Response

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Conflict, Invalid
from serai.portals.shared.access import acting, back_to, database

Work = Callable[[Session, Actor], Awaitable[object]]


async def apply(request: Request, path: str, work: Work, said: object) -> Response:
    """What does not fit comes back as a toast; what is not allowed or not there as its page."""
    try:
        async with database(request).transaction() as session:
            await work(session, acting(request))
    except (Conflict, Invalid) as error:
        return back_to(request, path, error.message, "danger")
    return back_to(request, path, said)
