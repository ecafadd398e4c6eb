"""/console/billing/invoices: the list, one of them, and its PDF in either language."""

from typing import Any

from fastapi import APIRouter, Request, Response

from serai.kit.i18n import LANGUAGES, get_locale
from serai.kit.money import Money
from serai.modules import billing
from serai.portals.console.billing.common import account_of, require_reader, shown
from serai.portals.shared.access import acting, database, settings
from serai.portals.shared.payment_choice import gateways_of
from serai.portals.shared.rows import cut

router = APIRouter()
_A_PAGE = 25
STATES = ("open", "paid", "uncollectible")
KINDS = ("invoice", "credit_note")


@router.get("/invoices")
async def listed(
    request: Request, state: str = "", kind: str = "", search: str = "", cursor: str = ""
) -> Response:
    require_reader(request)
    state, kind = state if state in STATES else "", kind if kind in KINDS else ""
    search = search.strip()[:40]
    async with database(request).transaction() as session:
        found = await billing.invoices.reading.page(
            session, acting(request), account_id=account_of(request), state=state or None, kind=kind or None,
            search=search or None, before=cursor or None, limit=_A_PAGE + 1,
        )  # fmt: skip
    rows, next_cursor = cut(found, _A_PAGE)
    return shown(
        request, "invoices.html", rows=[(each, Money(each.total, each.currency)) for each in rows], states=STATES,
        kinds=KINDS, state=state, kind=kind, search=search, next_cursor=next_cursor, cursor=cursor,
    )  # fmt: skip


@router.get("/invoices/{invoice_id}.pdf")
async def pdf(request: Request, invoice_id: str, language: str = "") -> Response:
    """Gathered in a transaction, set outside of it."""
    async with database(request).transaction() as session:
        document = await billing.invoice_documents.document_of(
            session, acting(request), invoice_id, settings(request).public_url,
            language if language in LANGUAGES else None,
        )  # fmt: skip
    return pdf_answer(await billing.invoice_documents.pdf(document), f"{document.number}-{document.language}")


@router.get("/invoices/{invoice_id}")
async def invoice(request: Request, invoice_id: str) -> Response:
    actor = acting(request)
    async with database(request).transaction() as session:
        detail = await billing.invoices.reading.detail(session, actor, invoice_id)
        found = detail.invoice
        payments = await billing.payments.reading.of_invoice(session, actor, found)
    gateways = gateways_of(request)
    return shown(
        request, "invoice.html", invoice=found, lines=[(line, billing.invoices.wording(line.text)) for line in detail.lines], of=detail.of,
        payments=[(each, gateways.name_of(each.gateway)) for each in reversed(payments)], notes=detail.credit_notes,
        money=lambda amount: Money(amount, found.currency), taxes=_taxes(found), language=get_locale(),
        payable=found.is_payable,
    )  # fmt: skip


def pdf_answer(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


def _taxes(found: billing.invoices.Invoice) -> list[dict[str, Any]]:
    return [
        {"rate": each["rate"] / 100, "tax": Money(each["tax"], found.currency),
         "reason": billing.tax.reason_text(each["reason"])}
        for each in found.tax_lines
    ]  # fmt: skip
