"""/admin/billing/dunning: who is past due now, what was tried, and what comes next."""

from fastapi import APIRouter, Request, Response

from serai.kit.errors import Conflict, Invalid, Unavailable
from serai.kit.i18n import _, ngettext
from serai.modules import billing
from serai.modules.billing import reports
from serai.portals.admin.billing import dashboard_csv
from serai.portals.admin.billing.common import HERE, gateways_of, matching, require_reader, shown, wants_csv
from serai.portals.shared.access import acting, back_to, database

router = APIRouter(prefix="/dunning")
_MOST_SHOWN = 200


@router.get("")
async def dunning(request: Request, account: str = "") -> Response:
    actor = require_reader(request)
    async with database(request).transaction() as session:
        account_id, matches = await matching(session, actor, account)
        found = await reports.owed(session, actor, account_id=account_id, late=True, limit=10_000)
    if wants_csv(request):
        return dashboard_csv.owed(found)
    return shown(
        request, "dunning.html", rows=found[:_MOST_SHOWN], count=len(found), account=account, matches=matches
    )


@router.post("/{account_id}/try")
async def try_now(request: Request, account_id: str) -> Response:
    """All that an account is past due with, whenever its next step would come."""
    path = f"{HERE}/dunning"
    try:
        count = await billing.payments.collecting.try_now(gateways_of(request), acting(request), account_id)
    except (Conflict, Invalid, Unavailable) as error:
        return back_to(request, path, error.message, "danger")
    said = ngettext("%(num)s invoice was tried.", "%(num)s invoices were tried.", count)
    return back_to(request, path, said if count else _("Nothing is past due there any more."), "info")
