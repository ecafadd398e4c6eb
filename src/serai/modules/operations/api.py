"""/api/v1/operations"""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.web.api import ROOT, Answer, Call, CallOnce, Cursor, Limit, Page, page_of
from serai.kit.web.openapi import returns
from serai.modules.operations import service
from serai.modules.operations.models import Operation
from serai.modules.operations.schemas import OperationSnapshot, OperationView

router = APIRouter(prefix=f"{ROOT}/operations", tags=["operations"])

State = Literal["queued", "running", "undoing", "succeeded", "failed", "cancelled"]


@router.get("", responses=returns(200, Page[OperationView]))
async def list_operations(
    call: Call,
    limit: Limit = 50,
    cursor: Cursor = None,
    state: State | None = None,
    subject: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """Newest first."""

    async def work(session: Session, actor: Actor) -> Answer:
        found = await service.page(
            session, actor, state=state, subject=subject, before=cursor, limit=limit + 1
        )
        return page_of(call.request, [service.view(each) for each in found], limit)

    return await call.answer(work)


@router.get("/{operation_id}", responses=returns(200, OperationSnapshot))
async def get_operation(
    call: Call,
    operation_id: str,
    after: Annotated[int, Query(ge=0, le=2**62, description="Log lines after this one only.")] = 0,
) -> Response:
    """The operation with its steps and log."""

    async def work(session: Session, actor: Actor) -> Answer:
        return Answer(await service.snapshot(session, actor, operation_id, after))

    return await call.answer(work)


@router.post("/{operation_id}/cancel", status_code=202, responses=returns(202, OperationView))
async def cancel_operation(call: CallOnce, operation_id: str) -> Response:
    """Ask for it to be given up and undone."""

    async def work(session: Session, actor: Actor) -> Answer:
        operation = await service.cancel(session, actor, operation_id)
        return Answer(service.view(operation), 202, _location(operation))

    return await call.answer_once(work)


@router.post("/{operation_id}/retry", status_code=202, responses=returns(202, OperationView))
async def retry_operation(call: CallOnce, operation_id: str) -> Response:
    """Run a failed or cancelled operation again."""

    async def work(session: Session, actor: Actor) -> Answer:
        operation = await service.retry(session, actor, operation_id)
        return Answer(service.view(operation), 202, _location(operation))

    return await call.answer_once(work)


def _location(operation: Operation) -> dict[str, str]:
    return {"Location": f"{ROOT}/operations/{operation.id}"}
