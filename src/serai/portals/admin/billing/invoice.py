"""/admin/billing/invoices/<id>: one invoice, what was paid and credited of it, and giving it back."""

from typing import Any

from fastapi import APIRouter, Request, Response

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import SeraiError
from serai.kit.i18n import _, get_locale, use_locale
from serai.modules import billing
from serai.modules.billing import reports
from serai.portals.admin.billing.common import HERE, gateways_of, refused, shown
from serai.portals.admin.billing.forms import CreditForm
from serai.portals.shared.access import acting, back_to, database, settings
from serai.portals.shared.acts import apply
from serai.portals.ui.forms import from_request

router = APIRouter(prefix="/invoices/{invoice_id}")


@router.get("")
async def invoice(request: Request, invoice_id: str) -> Response:
    return await _page(request, invoice_id, await from_request(CreditForm, request))


@router.get("/pdf")
async def pdf(request: Request, invoice_id: str, language: str = "") -> Response:
    """As its customer gets it, with its EN 16931 data inside."""
    wanted = language if language in {"en", "ar"} else None
    async with database(request).transaction() as session:
        document = await billing.invoice_documents.document_of(
            session, acting(request), invoice_id, settings(request).public_url, wanted
        )
    with use_locale(wanted or get_locale()):
        content = await billing.invoice_documents.pdf(document)
    headers = {
        "Content-Disposition": f'attachment; filename="{document.number}.pdf"', "Cache-Control": "no-store",
    }  # fmt: skip
    return Response(content, media_type="application/pdf", headers=headers)


@router.post("/credit")
async def credit(request: Request, invoice_id: str) -> Response:
    billing.policy.REFUND.require(acting(request))
    form = await from_request(CreditForm, request)
    status = 422
    if form.validate():
        try:
            async with database(request).transaction() as session:
                found = await billing.invoice_documents.find(session, acting(request), invoice_id)
                note = await billing.payments.refunds.credit_invoice(
                    session, acting(request), found.id, form.minor(found.currency), form.reason.data or "",
                    to_payment=form.to.data == "payment",
                )  # fmt: skip
        except SeraiError as error:
            status = refused(form, error)
        else:
            said = _("The credit note %(number)s is issued.", number=note.number)
            return back_to(request, f"{HERE}/invoices/{invoice_id}", said)
    return await _page(request, invoice_id, form, status)


@router.post("/write-off")
async def write_off(request: Request, invoice_id: str) -> Response:
    reason = str((await request.form()).get("reason", ""))

    async def work(session: Session, actor: Actor) -> None:
        await billing.payments.writing_off.write_off(session, actor, invoice_id, reason)

    said = _("It is written off: nobody is asked to pay it any more.")
    return await apply(request, f"{HERE}/invoices/{invoice_id}", work, said)


async def _page(request: Request, invoice_id: str, form: CreditForm, status: int = 200) -> Response:
    actor = acting(request)
    async with database(request).transaction() as session:
        detail = await billing.invoices.reading.detail(session, actor, invoice_id)
        found, facts = detail.invoice, await _facts(session, actor, detail)
    return shown(
        request, "invoice.html", status=status, invoice=found, form=form, wording=billing.invoices.wording, due=found.owed,
        gateway_name=gateways_of(request).name_of, tax_reason=billing.tax.reason_text, left=found.creditable,
        can_credit=found.creditable > 0, **facts,
    )  # fmt: skip


async def _facts(session: Session, actor: Actor, detail: billing.invoices.InvoiceDetail) -> dict[str, Any]:
    """Lines, credit notes, payments and refunds."""
    found, payments = detail.invoice, billing.payments.reading
    paid = await payments.of_invoice(session, actor, found)
    names = await reports.account_names(session, actor, [found.account_id])
    return {
        "lines": detail.lines, "payments": paid, "notes": detail.credit_notes,
        "refunds": await payments.refunds_of(session, actor, paid), "credited": detail.of,
        "account_name": names.get(found.account_id, found.account_id), "subscriptions": detail.subscriptions,
    }  # fmt: skip
