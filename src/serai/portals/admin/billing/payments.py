"""/admin/billing/payments: what was begun, paid, refused and given back."""

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from serai.kit.money import Money
from serai.modules import billing
from serai.modules.billing import reports
from serai.portals.admin.billing import labels
from serai.portals.admin.billing.common import (
    cut,
    gateways_of,
    how_many,
    matching,
    require_reader,
    shown,
    wants_csv,
)
from serai.portals.admin.billing.csv_files import csv_file
from serai.portals.shared.access import database

router = APIRouter()


@router.get("/payments")
async def payments(
    request: Request,
    state: str = "",
    gateway: str = "",
    search: str = "",
    account: str = "",
    cursor: str = "",
) -> Response:
    actor, search = require_reader(request), search.strip()[:254]
    gateways = gateways_of(request)
    state = state if state in dict(labels.states("payment")) else ""
    gateway = gateway if gateway in gateways.factories else ""
    async with database(request).transaction() as session:
        account_id, matches = await matching(session, actor, account)
        found: Sequence[billing.payments.Payment]
        if search:
            found = await billing.payments.staff_queries.find_any(session, actor, search)
        else:
            found = await billing.payments.reading.page(
                session, actor, account_id=account_id, state=state or None, gateway_key=gateway or None,
                before=cursor or None, limit=how_many(request),
            )  # fmt: skip
        names = await reports.account_names(session, actor, {each.account_id for each in found})
    if wants_csv(request):
        return _file(found, names)
    rows, last = cut(found)
    return shown(
        request, "payments.html", rows=rows, names=names, state=state, gateway=gateway, search=search,
        account=account, matches=matches, cursor=cursor, next_cursor=last.id if last else None,
        gateway_name=gateways.name_of, states=labels.states("payment"),
        gateways=[(key, gateways.name_of(key)) for key in sorted(gateways.factories)],
        filtered=any((state, gateway, search, account)),
    )  # fmt: skip


@router.get("/notices")
async def notices(request: Request, cursor: str = "") -> Response:
    """What gateways told us, and what became of it."""
    actor = require_reader(request)
    async with database(request).transaction() as session:
        found, known = await billing.payments.reading.notices(
            session, actor, before=cursor or None, limit=how_many(request)
        )
    if wants_csv(request):
        header = (
            "gateway",
            "event_id",
            "kind",
            "payment_id",
            "reference",
            "received_at",
            "handled_at",
            "result",
        )
        rows_ = [
            (n.gateway, n.event_id, n.kind, n.charge_id, n.reference, n.received_at, n.handled_at, n.result)
            for n in found
        ]
        return csv_file("notices", header, rows_)
    rows, last = cut(found)
    return shown(
        request, "notices.html", rows=rows, cursor=cursor, next_cursor=last.id if last else None, known=known,
        gateway_name=gateways_of(request).name_of,
    )  # fmt: skip


def _file(found: Sequence[billing.payments.Payment], names: dict[str, str]) -> Response:
    header = ("id", "state", "purpose", "gateway", "reference", "account_id", "account", "invoice_id", "currency",
              "amount", "fee", "refunded", "error", "created_at", "settled_at")  # fmt: skip
    rows = [
        (each.id, each.state, each.purpose, each.gateway, each.reference, each.account_id,
         names.get(each.account_id), each.invoice_id, each.currency, Money(each.amount, each.currency),
         None if each.fee is None else Money(each.fee, each.currency), Money(each.refunded, each.currency),
         each.error, each.created_at, each.settled_at)
        for each in found
    ]  # fmt: skip
    return csv_file("payments", header, rows)
