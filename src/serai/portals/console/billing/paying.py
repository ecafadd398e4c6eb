"""/console/billing/invoices/<id>/pay: choose how an open invoice, or an order that waits, is paid."""

from fastapi import APIRouter, Request, Response

from serai.kit.errors import Invalid, SeraiError
from serai.kit.i18n import _
from serai.kit.money import Money
from serai.kit.web.problems import status_of
from serai.modules import billing
from serai.portals.console.billing.common import HERE, account_of, shown
from serai.portals.shared import paying
from serai.portals.shared.access import acting, back_to, database
from serai.portals.shared.payment_choice import intent_of, offered, saves, ways

router = APIRouter()


@router.get("/invoices/{invoice_id}/pay")
async def choose(request: Request, invoice_id: str) -> Response:
    return await _page(request, invoice_id)


@router.post("/invoices/{invoice_id}/pay")
async def pay(request: Request, invoice_id: str) -> Response:
    posted = await request.form()
    way, keep = str(posted.get("way", "")), bool(posted.get("save"))
    async with database(request).transaction() as session:
        invoice = await billing.invoice_documents.find(session, acting(request), invoice_id)
    try:
        keep = keep and saves(way, await offered(request, invoice.currency))
        intent = intent_of(way, save=keep, return_path=f"{HERE}/invoices/{invoice_id}")
        return await paying.pay_invoice(request, invoice.id, intent)
    except Invalid as error:
        return await _page(request, invoice_id, error)


async def _page(request: Request, invoice_id: str, error: SeraiError | None = None) -> Response:
    billing.policy.PAY.require(acting(request), account_id=account_of(request))
    async with database(request).transaction() as session:
        invoice = await billing.invoice_documents.find(session, acting(request), invoice_id)
    if not invoice.is_payable:
        where = "/billing" if invoice.number is None else f"/billing/invoices/{invoice_id}"
        return back_to(request, where, _("Nothing is due of it any more."), "info")
    due = Money(invoice.due, invoice.currency)
    gateways = await offered(request, invoice.currency)
    async with database(request).transaction() as session:
        found = await ways(session, acting(request), account_of(request), gateways, due=due)
        other = await billing.payments.reading.under_way(session, acting(request), invoice)
    return shown(
        request, "pay.html", status_of(error) if error else 200, invoice=invoice, due=due, ways=found, other=other,
        error=error.message if error else "", chosen=next((each.key for each in found), ""),
    )  # fmt: skip
