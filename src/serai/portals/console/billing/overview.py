"""/console/billing: what runs, what comes next, what is overdue, and what the wallet holds."""

from fastapi import APIRouter, Request, Response

from serai.kit.money import Money
from serai.modules import billing
from serai.portals.console.billing.common import account_of, names_of, require_reader, shown
from serai.portals.shared.access import acting, database

router = APIRouter()
_MOST_ENDED = 10


@router.get("")
async def overview(request: Request) -> Response:
    require_reader(request)
    actor, account = acting(request), account_of(request)
    async with database(request).transaction() as session:
        states = await billing.subscriptions.of_account(session, actor, account)
        running = [each for each in states if not each.is_over]
        coming = await billing.subscriptions.preview_renewal(session, actor, running)
        owed = await billing.invoices.reading.owed_by(session, actor, account)
        balances = await billing.wallets.balances(session, actor, account)
        names = await names_of(session, states)
    return shown(
        request, "overview.html", running=running, ended=[each for each in states if each.is_over][:_MOST_ENDED],
        coming=coming, owed=[(each, Money(each.due, each.currency)) for each in owed], names=names,
        balances=[Money(each.available, each.currency) for each in balances],
    )  # fmt: skip
