"""/admin/billing/approvals: transfers that somebody has to see arrive, and refunds to be sent by hand."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.errors import Invalid, NotFound, SeraiError
from serai.kit.i18n import _
from serai.modules import billing
from serai.modules.billing import reports
from serai.portals.admin.billing.common import HERE, gateways_of, require_reader, shown
from serai.portals.admin.billing.payment import is_by_hand, receipts_of
from serai.portals.shared.access import acting, database

router = APIRouter(prefix="/approvals")


@router.get("")
async def approvals(request: Request, reference: str = "") -> Response:
    """`reference`: as it stands on a bank statement, however it is spaced."""
    actor, reference = require_reader(request), reference.strip()[:60]
    keys = await _by_hand(request)
    problem = ""
    if reference:
        found, problem = await _find(request, keys, reference)
        if found:
            return RedirectResponse(f"/admin{HERE}/payments/{found}", status_code=303)
    system_database = billing.payments.staff_queries
    async with database(request).transaction() as session:
        waiting = await system_database.waiting(session, actor, keys)
        refunds = await system_database.refunds_to_send(session, actor, keys)
        ids = {each.account_id for each in waiting} | {payment.account_id for _refund, payment in refunds}
        names = await reports.account_names(session, actor, ids)
    return shown(
        request, "approvals.html", waiting=[(each, await receipts_of(request, each)) for each in waiting],
        refunds=refunds, names=names, reference=reference, problem=problem, any_gateway=bool(keys),
        gateway_name=gateways_of(request).name_of,
    )  # fmt: skip


async def _by_hand(request: Request) -> list[str]:
    gateways = gateways_of(request)
    async with gateways.database.transaction() as session:
        rows = await billing.payments.reading.set_up_gateways(session, acting(request))
    return [row.key for row in rows if await is_by_hand(request, row.key)]


async def _find(request: Request, keys: list[str], typed: str) -> tuple[str, str]:
    """The payment a reference belongs to, or what is wrong with it; a slip of the finger is told first."""
    problems: list[SeraiError] = []
    for key in keys:
        try:
            return await (await billing.payments.approving.desk_of(gateways_of(request), key)).find(typed), ""
        except (Invalid, NotFound) as error:
            problems.append(error)
    unknown = next((each for each in problems if isinstance(each, NotFound)), None)
    chosen = unknown or next(iter(problems), None)
    return "", chosen.message if chosen else _("No gateway is set up whose transfers a person approves.")
