"""Operations: the list, and one of them live. Served below /console and /admin."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Conflict, Unavailable
from serai.kit.i18n import _
from serai.modules import operations
from serai.portals.shared.access import acting, back_to, database, page, portal_of
from serai.portals.shared.progress import progress_of
from serai.portals.shared.rows import cut, operation_row

router = APIRouter()
_A_PAGE = 20
_STATES = ("queued", "running", "succeeded", "failed", "cancelled")


@router.get("/operations")
async def listed(request: Request, state: str = "", cursor: str = "") -> Response:
    state = state if state in _STATES else ""
    async with database(request).transaction() as session:
        found = await operations.page(
            session, acting(request), state=state or None, before=cursor or None, limit=_A_PAGE + 1
        )
    shown, next_cursor = cut(found, _A_PAGE)
    return page(
        request, "console/operations.html", rows=[operation_row(each) for each in shown],
        next_cursor=next_cursor, cursor=cursor, state=state, states=_STATES,
    )  # fmt: skip


@router.get("/operations/{operation_id}")
async def operation(request: Request, operation_id: str) -> Response:
    async with database(request).transaction() as session:
        snapshot = await operations.snapshot(session, acting(request), operation_id)
        found = await operations.get(session, acting(request), operation_id)
        actions = await operations.allowed_actions(session, acting(request), found)
    return page(
        request, "console/operation.html", operation=snapshot, actions=actions,
        shown=progress_of(snapshot, redirect=_where_it_leads(request, snapshot)),
        of_system=snapshot.subject.startswith("lch_"),
    )  # fmt: skip


@router.get("/operations/{operation_id}/snapshot")
async def snapshot(request: Request, operation_id: str, after: int = 0) -> Response:
    """What the page polls while its socket is down."""
    async with database(request).transaction() as session:
        found = await operations.snapshot(session, acting(request), operation_id, after)
    answer = progress_of(found, redirect=_where_it_leads(request, found))
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


@router.post("/operations/{operation_id}/cancel")
async def cancel(request: Request, operation_id: str) -> Response:
    said = _("It is being cancelled; what was done is undone.")
    return await _change(request, operation_id, operations.cancel, said)


@router.post("/operations/{operation_id}/retry")
async def retry(request: Request, operation_id: str) -> Response:
    return await _change(request, operation_id, operations.retry, _("It is tried again."))


async def _change(
    request: Request,
    operation_id: str,
    work: Callable[[Session, Actor, str], Awaitable[operations.Operation]],
    said: str,
) -> Response:
    path = f"/operations/{operation_id}"
    try:
        async with database(request).transaction() as session:
            await work(session, acting(request), operation_id)
    except (Conflict, Unavailable) as error:
        return back_to(request, path, error.message, "danger")
    return back_to(request, path, said, "info")


def _where_it_leads(request: Request, found: operations.OperationSnapshot) -> str | None:
    if not found.subject.startswith("lch_"):
        return None
    base = portal_of(request).base
    return f"{base}/systems" if found.kind == "terminate" else f"{base}/systems/{found.subject}"
