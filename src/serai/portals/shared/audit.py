"""The audit log: searched, read, exported. Served below /console/settings and /admin."""

from collections.abc import AsyncIterator
from datetime import timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException

from serai.kit import clock
from serai.modules import audit
from serai.portals.shared.access import acting, database, page
from serai.portals.shared.rows import cut

router = APIRouter()
_A_PAGE = 50
_FORMATS = {
    "csv": (audit.as_csv, "text/csv; charset=utf-8"),
    "jsonl": (audit.as_json_lines, "application/jsonl"),
}


@router.get("/audit")
async def log(request: Request, cursor: str = "") -> Response:
    search = _search(request)
    async with database(request).transaction() as session:
        found = await audit.page(session, acting(request), search, before=cursor or None, limit=_A_PAGE + 1)
        actions = await audit.actions(session, acting(request))
    shown, next_cursor = cut(found, _A_PAGE)
    actor = acting(request)
    return page(
        request, "console/audit.html", records=[audit.record_view(each) for each in shown], search=search,
        next_cursor=next_cursor, cursor=cursor, actions=actions, days=request.query_params.get("days", ""),
        query=request.url.query, may_export=audit.EXPORT.allows(actor, account_id=actor.account_id),
        account=request.query_params.get("account", ""),
    )  # fmt: skip


@router.get("/audit/export.{kind}")
async def export(request: Request, kind: str) -> Response:
    if kind not in _FORMATS:
        raise HTTPException(404)
    encode, media_type = _FORMATS[kind]
    actor = acting(request)
    search = _search(request)
    async with database(request).transaction() as session:
        await audit.note_export(session, actor, search)

    async def body() -> AsyncIterator[bytes]:
        async with database(request).transaction() as session:
            async for piece in encode(audit.export(session, actor, search)):
                yield piece

    name = f"audit-{clock.now():%Y-%m-%d}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(body(), media_type=media_type, headers=headers)


@router.get("/audit/{record_id}")
async def record(request: Request, record_id: str) -> Response:
    async with database(request).transaction() as session:
        found = await audit.get(session, acting(request), record_id)
    view = audit.record_view(found)
    return page(request, "console/audit_record.html", record=view, changes=_changes(view))


def _search(request: Request) -> audit.Search:
    query = request.query_params
    days = query.get("days", "")
    since = clock.now() - timedelta(days=int(days)) if days in {"1", "7", "30", "365"} else None
    return audit.Search(
        text=query.get("text", "").strip()[:100], action=query.get("action", "")[:100],
        subject=query.get("subject", "")[:100], actor=query.get("actor", "")[:320],
        account_id=query.get("account", "")[:64], since=since,
    )  # fmt: skip


def _changes(view: audit.RecordView) -> list[tuple[str, object, object]]:
    """(what, before, after), and whatever else the record holds."""
    before, after = view.before or {}, view.after or {}
    return [(name, before.get(name), after.get(name)) for name in {**before, **after}]

