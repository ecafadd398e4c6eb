"""/webhooks/mail/<driver>: what a mail provider tells of accepted mails. The driver proves the sender."""

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from serai.kit.errors import Invalid
from serai.kit.web.problems import render_error
from serai.modules import notifications
from serai.portals.shared.access import settings, system_database

router = APIRouter(include_in_schema=False)
PREFIX = "/webhooks/"
_LARGEST = 4 * 2**20


@router.post("/webhooks/mail/{driver}")
async def take(request: Request, driver: str) -> Response:
    """204 when each report is kept; the provider sends again whatever is answered otherwise."""
    if driver != settings(request).mail:
        raise HTTPException(404)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            return render_error(Invalid("More than four megabytes of events at once."))
    reports = request.app.state.platform.mail.read_reports(request.headers, body)
    async with system_database(request).transaction() as session:
        await notifications.take_reports(session, reports)
    return Response(status_code=204)
