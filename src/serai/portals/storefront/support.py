"""/support/leave: the end of support's visit in a customer's account."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.i18n import _
from serai.kit.web.templates import flash
from serai.modules import identity
from serai.portals.frame.access import desk, settings
from serai.portals.frame.visits import clear_visit, visit_of

router = APIRouter()


@router.post("/support/leave")
async def leave(request: Request) -> Response:
    async with desk(request).transaction() as session:
        await identity.support.leave(session, visit_of(request.cookies))
    response = RedirectResponse("/admin/accounts", status_code=303)
    clear_visit(response, secure=settings(request).scheme == "https")
    flash(response, _("You are out of the customer's account."))
    return response
