"""/admin/mails/suppressions: addresses that get no more mails."""

from fastapi import APIRouter, Request, Response

from serai.kit.errors import NotFound
from serai.kit.i18n import _
from serai.modules import notifications
from serai.portals.shared.access import acting, back_to, database, page

router = APIRouter(prefix="/suppressions")
_A_PAGE = 50


@router.get("")
async def listed(request: Request, search: str = "", cursor: str = "") -> Response:
    search = search.strip()[:254]
    async with database(request).transaction() as session:
        found = await notifications.suppressions.listed(
            session, acting(request), search=search or None, after=cursor or None, limit=_A_PAGE + 1
        )
    shown = found[:_A_PAGE]
    return page(
        request, "admin/mail_suppressions.html", rows=shown, search=search, cursor=cursor,
        next_cursor=shown[-1].address if len(found) > _A_PAGE else None,
        may_lift=notifications.may_manage_mails(acting(request)),
    )  # fmt: skip


@router.post("/lift")
async def lift(request: Request) -> Response:
    address = str((await request.form()).get("address", "")).strip().lower()
    try:
        async with database(request).transaction() as session:
            await notifications.suppressions.lift(session, acting(request), address)
    except NotFound as error:
        return back_to(request, "/mails/suppressions", error.message, "danger")
    return back_to(request, "/mails/suppressions", _("%(address)s gets mails again.", address=address))
