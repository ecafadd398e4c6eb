"""/api/v1/audit"""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.web.api import ROOT, Answer, Call, Cursor, Limit, Page, page_of
from serai.kit.web.openapi import returns
from serai.modules.audit import search
from serai.modules.audit.schemas import RecordView, record_view

router = APIRouter(prefix=f"{ROOT}/audit", tags=["audit"])
_Word = Annotated[str, Query(max_length=100)]


@router.get("", responses=returns(200, Page[RecordView]))
async def list_records(
    call: Call,
    limit: Limit = 50,
    cursor: Cursor = None,
    text: _Word = "",
    action: _Word = "",
    subject: _Word = "",
    actor: _Word = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> Response:
    """What was done in the account, newest first."""
    wanted = search.Search(text, action, subject, actor, "", since, until)

    async def work(session: Session, caller: Actor) -> Answer:
        found = await search.page(session, caller, wanted, before=cursor, limit=limit + 1)
        return page_of(call.request, [record_view(each) for each in found], limit)

    return await call.answer(work)
