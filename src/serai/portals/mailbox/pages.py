"""/mailbox: in development no mail leaves the machine; it is read here. And what providers report."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from serai.kit.web.templates import render
from serai.modules import notifications
from serai.portals.mailbox import webhook
from serai.portals.shared.access import recognise, settings, system_database

router = APIRouter(include_in_schema=False)
_pages = APIRouter(dependencies=[Depends(recognise)])


@_pages.get("/mailbox")
async def mailbox(request: Request) -> HTMLResponse:
    if not settings(request).has_mailbox:
        raise HTTPException(404)
    async with system_database(request).transaction() as session:
        mails = await notifications.mailbox(session)
    vault = request.app.state.platform.vault
    shown = [(mail, notifications.links.as_sent(mail, settings(request), vault)) for mail in mails]
    return render(request, "mailbox/mailbox.html", mails=shown, headers={"Cache-Control": "no-store"})


for _part in (_pages, webhook.router):
    router.include_router(_part)
