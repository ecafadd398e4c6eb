"""/mailbox: in development no mail leaves the machine; it is read here."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from serai.kit.web.templates import render
from serai.modules import notifications
from serai.portals.frame.access import desk, recognise, settings

router = APIRouter(include_in_schema=False, dependencies=[Depends(recognise)])


@router.get("/mailbox")
async def mailbox(request: Request) -> HTMLResponse:
    if not settings(request).has_mailbox:
        raise HTTPException(404)
    async with desk(request).transaction() as session:
        mails = await notifications.mailbox(session)
    return render(request, "mailbox/mailbox.html", mails=mails, headers={"Cache-Control": "no-store"})
