"""/unsubscribe/<token>: the way out of a group of mails, for whoever holds a mail of it.

Mail programs do it by themselves with a POST (RFC 8058); a page opened by a link asks first, for
scanners of mails open links, too.
"""

from fastapi import APIRouter, Request, Response

from serai.kit.web.templates import render
from serai.modules import notifications
from serai.portals.shared.access import system_database

router = APIRouter()
PREFIX = "/unsubscribe/"


@router.get("/unsubscribe/{token}")
async def ask(request: Request, token: str) -> Response:
    return _page(request, token, "ask")


@router.post("/unsubscribe/{token}")
async def leave(request: Request, token: str) -> Response:
    way = _way(request, token)
    async with system_database(request).transaction() as session:
        await notifications.preferences.unsubscribe(session, way)
    return _page(request, token, "left")


@router.post("/unsubscribe/{token}/undo")
async def come_back(request: Request, token: str) -> Response:
    way = _way(request, token)
    async with system_database(request).transaction() as session:
        await notifications.preferences.subscribe_again(session, way)
    return _page(request, token, "back")


def _way(request: Request, token: str) -> notifications.WayOut:
    return notifications.links.unseal(request.app.state.platform.vault, token)


def _page(request: Request, token: str, state: str) -> Response:
    way = _way(request, token)
    return render(
        request, "storefront/unsubscribe.html", headers={"Cache-Control": "no-store"}, state=state,
        way=way, group=notifications.GROUPS[way.group], token=token,
    )  # fmt: skip
