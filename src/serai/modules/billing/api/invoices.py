"""/api/v1/invoices"""

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.i18n import get_locale, use_locale
from serai.kit.web.api import ROOT, Answer, Call, CallOnce, Cursor, Limit, Page, page_of
from serai.kit.web.openapi import returns
from serai.modules.billing import documents, policy
from serai.modules.billing.invoices import invoice_documents, queries
from serai.modules.billing.payments import paying, refunds
from serai.modules.billing.payments.paying import PaymentIntent
from serai.modules.billing.schemas import (
    InvoiceDetail,
    InvoiceView,
    PaymentView,
    invoice_detail,
    invoice_view,
    payment_view,
)

router = APIRouter(prefix=f"{ROOT}/invoices", tags=["billing"])
Reference = Annotated[str, Path(max_length=64, description="The invoice's id, inv_…, or its number.")]


class PaymentOrder(BaseModel):
    """A saved way to pay (`method_id`), or a `gateway` whose page the payer goes to."""

    model_config = ConfigDict(extra="forbid")

    method_id: str | None = Field(default=None, max_length=64)
    gateway: str = Field(default="", max_length=64, examples=["sandbox"])
    save_method: bool = False


class Credit(BaseModel):
    """`amount` with its tax, in minor units. `to_payment`: send it back to where it came from."""

    model_config = ConfigDict(extra="forbid")

    amount: int = Field(ge=1, le=2**62)
    reason: str = Field(min_length=1, max_length=200)
    to_payment: bool = False


@router.get("", responses=returns(200, Page[InvoiceView]))
async def list_invoices(
    call: Call,
    limit: Limit = 50,
    cursor: Cursor = None,
    state: Annotated[str | None, Query(max_length=20)] = None,
    kind: Annotated[Literal["invoice", "credit_note"] | None, Query()] = None,
) -> Response:
    """Invoices and credit notes, newest first."""

    async def work(session: Session, actor: Actor) -> Answer:
        policy.READ.require(actor, account_id=actor.account_id)
        rows = await queries.page(
            session, actor, account_id=None, state=state, kind=kind, search=None, since=None, until=None,
            before=cursor, limit=limit + 1,
        )  # fmt: skip
        return page_of(call.request, [invoice_view(row) for row in rows], limit)

    return await call.answer(work)


@router.get("/{reference}", responses=returns(200, InvoiceDetail))
async def get_invoice(call: Call, reference: Reference) -> Response:
    """One invoice with its lines."""

    async def work(session: Session, actor: Actor) -> Answer:
        invoice = await invoice_documents.find(session, actor, reference)
        lines = (await queries.lines(session, [invoice.id])).get(invoice.id, [])
        return Answer(invoice_detail(invoice, lines))

    return await call.answer(work)


_PDF = {"content": {"application/pdf": {}}, "description": "The document."}


@router.get("/{reference}/pdf", responses={**returns(200, str), 200: _PDF})
async def get_pdf(
    call: Call, reference: Reference, language: Annotated[Literal["en", "ar"] | None, Query()] = None
) -> Response:
    """The document, with its EN 16931 data inside."""
    public_url = call.request.app.state.platform.settings.public_url

    async def work(session: Session, actor: Actor) -> documents.InvoiceDocument:
        return await invoice_documents.document_of(session, actor, reference, public_url, language)

    document = await call.read(work)
    with use_locale(language or get_locale()):
        content = await invoice_documents.pdf(document)
    name = f'attachment; filename="{document.number}.pdf"'
    return Response(content, media_type="application/pdf", headers={"Content-Disposition": name})


@router.post("/{reference}/payments", status_code=202, responses=returns(202, PaymentView))
async def pay_invoice(call: CallOnce, reference: Reference, order: PaymentOrder) -> Response:
    """Pay what is due. The answer says where the payer goes on, if anywhere."""
    gateways = call.request.app.state.platform.gateways
    intent = PaymentIntent(order.gateway, order.method_id, order.save_method)

    async def work(session: Session, actor: Actor) -> Answer:
        invoice = await invoice_documents.find(session, actor, reference)
        return Answer(payment_view(await paying.pay_invoice(session, actor, invoice.id, intent)), 202)

    begun = await call.answer_once(work)
    payment_id = msgspec.json.decode(begun.body, type=PaymentView).id
    payment = await paying.start(gateways, payment_id)
    body = msgspec.json.encode(payment_view(payment))
    return Response(body, 202, media_type="application/json")


@router.post("/{reference}/credit", status_code=201, responses=returns(201, InvoiceView))
async def credit_invoice(call: CallOnce, reference: Reference, credit: Credit) -> Response:
    """Issue a credit note (staff only)."""

    async def work(session: Session, actor: Actor) -> Answer:
        policy.REFUND.require(actor)
        invoice = await invoice_documents.find(session, actor, reference)
        note = await refunds.credit_invoice(
            session, actor, invoice.id, credit.amount, credit.reason, to_payment=credit.to_payment
        )
        return Answer(invoice_view(note), 201)

    return await call.answer_once(work)
