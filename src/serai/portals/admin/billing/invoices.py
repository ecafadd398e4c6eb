"""/admin/billing/invoices: found by number, account or day."""

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from serai.kit.money import Money
from serai.modules import billing
from serai.modules.billing import reports
from serai.portals.admin.billing import labels
from serai.portals.admin.billing.common import (
    begins,
    cut,
    day_of,
    how_many,
    matching,
    require_reader,
    shown,
    wants_csv,
)
from serai.portals.admin.billing.csv_files import csv_file
from serai.portals.shared.access import database

router = APIRouter(prefix="/invoices")


@router.get("")
async def invoices(
    request: Request, state: str = "", kind: str = "", search: str = "", account: str = "", since: str = "",
    until: str = "", cursor: str = "",
) -> Response:  # fmt: skip
    actor = require_reader(request)
    states = dict(labels.states("invoice"))
    state, kind = state if state in states else "", kind if kind in labels.KINDS else ""
    async with database(request).transaction() as session:
        account_id, matches = await matching(session, actor, account)
        found = await billing.invoices.reading.page(
            session, actor, account_id=account_id, state=state or None, kind=kind or None,
            search=search.strip()[:40] or None, since=begins(day_of(since)), until=begins(day_of(until), later=1),
            before=cursor or None, limit=how_many(request),
        )  # fmt: skip
        names = await reports.account_names(session, actor, {each.account_id for each in found})
    if wants_csv(request):
        return _file(found, names)
    rows, last = cut(found)
    return shown(
        request, "invoices.html", rows=rows, names=names, state=state, kind=kind, search=search, account=account,
        since=since, until=until, matches=matches, cursor=cursor, next_cursor=last.id if last else None,
        filtered=any((state, kind, search, account, since, until)),
        states=[each for each in labels.states("invoice") if each[0] not in {"draft", "void"}],
        kinds=[(key, str(text)) for key, text in labels.KINDS.items()],
    )  # fmt: skip


def _file(found: Sequence[billing.invoices.Invoice], names: dict[str, str]) -> Response:
    header = ("number", "kind", "state", "account_id", "account", "currency", "subtotal", "tax", "total", "paid",
              "credited", "due", "issued_at", "due_at", "settled_at")  # fmt: skip
    rows = [
        (each.number, each.kind, each.state, each.account_id, names.get(each.account_id), each.currency,
         *(Money(amount, each.currency) for amount in (
             each.subtotal, each.tax, each.total, each.paid, each.credited, each.owed)),
         each.issued_at, each.due_at, each.settled_at)
        for each in found
    ]  # fmt: skip
    return csv_file("invoices", header, rows)
