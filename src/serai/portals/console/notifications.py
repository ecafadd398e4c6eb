"""/console/notifications: the bell's messages."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.i18n import _, gettext, ngettext
from serai.modules import notifications
from serai.portals.shared.access import acting, back_to, database, page

router = APIRouter()
_A_PAGE = 20


@router.get("/notifications")
async def listed(request: Request, unread: bool = False, cursor: str = "") -> Response:
    async with database(request).transaction() as session:
        found = await notifications.bell.page(
            session, acting(request), unread_only=unread, before=cursor or None, limit=_A_PAGE + 1
        )
        count = await notifications.bell.unread(session, acting(request))
    shown = found[:_A_PAGE]
    return page(
        request, "console/notifications.html", unread_only=unread, unread=count, cursor=cursor,
        rows=[(each, gettext(each.title, **each.values)) for each in shown],
        next_cursor=shown[-1].id if len(found) > _A_PAGE else None,
    )  # fmt: skip


@router.post("/notifications/read")
async def read_all(request: Request) -> Response:
    async with database(request).transaction() as session:
        count = await notifications.bell.read_all(session, acting(request))
    said = ngettext("%(num)s message is marked as read.", "%(num)s messages are marked as read.", count)
    return back_to(request, "/notifications", said)


@router.post("/notifications/{notification_id}")
async def open_one(request: Request, notification_id: str) -> Response:
    """Mark it read, and go where it leads or stay here."""
    stay = "stay" in await request.form()
    async with database(request).transaction() as session:
        found = await notifications.bell.read(session, acting(request), notification_id)
    if stay:
        return back_to(request, "/notifications", _("It is marked as read."))
    return RedirectResponse(found.link, status_code=303)
