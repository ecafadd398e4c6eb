"""/support/leave: the end of support's visit in a customer's account."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.i18n import _
from serai.kit.web.templates import flash
from serai.modules import identity
from serai.portals.shared.access import settings, system_database
from serai.portals.shared.visits import VISIT

router = APIRouter()


@router.post("/support/leave")
async def leave(request: Request) -> Response:
    async with system_database(request).transaction() as session:
        await identity.support.leave(session, VISIT.of(request.cookies, secure=settings(request).is_secure))
    response = RedirectResponse("/admin/accounts", status_code=303)
    VISIT.clear(response, secure=settings(request).is_secure)
    flash(response, _("You are out of the customer's account."))
    return response
