"""/api/v1/mails"""

from typing import Literal

from fastapi import APIRouter, Response

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.web.api import ROOT, Answer, Call, Cursor, Limit, Page, page_of
from serai.kit.web.openapi import returns
from serai.modules.notifications import log
from serai.modules.notifications.schemas import MailView, view

router = APIRouter(prefix=f"{ROOT}/mails", tags=["mails"])

State = Literal["queued", "sending", "sent", "kept", "failed", "bounced", "suppressed", "complained"]


@router.get("", responses=returns(200, Page[MailView]))
async def list_mails(
    call: Call, limit: Limit = 50, cursor: Cursor = None, state: State | None = None
) -> Response:
    """What was mailed in the account's name, newest first, without the texts."""

    async def work(session: Session, actor: Actor) -> Answer:
        found = await log.page(session, actor, state=state, before=cursor, limit=limit + 1)
        return page_of(call.request, [view(each) for each in found], limit)

    return await call.answer(work)
