"""/admin/billing/payments/<id>: one payment, what its gateway told of it, refunds, and deciding transfers."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from serai.kit.errors import Conflict, Invalid, SeraiError, Unavailable
from serai.kit.i18n import _
from serai.kit.money import Money
from serai.modules import billing
from serai.modules.billing import reports
from serai.portals.admin.billing.common import HERE, gateways_of, refused, shown
from serai.portals.admin.billing.forms import DecideForm, RefundForm
from serai.portals.shared.access import acting, back_to, database, settings
from serai.portals.ui.forms import Form, from_request

router = APIRouter(prefix="/payments/{payment_id}")
_TYPES = {
    "png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "pdf": "application/pdf",
    "txt": "text/plain; charset=utf-8",
}  # fmt: skip


@router.get("")
async def payment(request: Request, payment_id: str) -> Response:
    return await _page(request, payment_id)


@router.post("/look")
async def sync(request: Request, payment_id: str) -> Response:
    """Ask the gateway how it stands, now instead of at its time."""
    billing.policy.APPROVE.require(acting(request))
    async with database(request).transaction() as session:
        await billing.payments.paying.find(session, acting(request), payment_id)
    try:
        found = await billing.payments.paying.sync(gateways_of(request), payment_id)
    except (Conflict, Invalid, Unavailable) as error:
        return back_to(request, f"{HERE}/payments/{payment_id}", error.message, "danger")
    said = _("It succeeded.") if found.state == "succeeded" else _("The gateway was asked; see its state.")
    return back_to(request, f"{HERE}/payments/{payment_id}", said, "info")


@router.post("/refund")
async def refund(request: Request, payment_id: str) -> Response:
    billing.policy.REFUND.require(acting(request))
    form = await from_request(RefundForm, request)
    status = 422
    if form.validate():
        try:
            async with database(request).transaction() as session:
                found = await billing.payments.paying.find(session, acting(request), payment_id)
                await billing.payments.refunds.refund_payment(
                    session, acting(request), found.id, form.minor(found.currency), form.reason.data or ""
                )
        except SeraiError as error:
            status = refused(form, error)
        else:
            said = _("The refund is asked for; the gateway sends it.")
            return back_to(request, f"{HERE}/payments/{payment_id}", said)
    return await _page(request, payment_id, status, refund_form=form)


@router.post("/decide")
async def decide(request: Request, payment_id: str) -> Response:
    """A transfer arrived, or will not."""
    billing.policy.APPROVE.require(acting(request))
    form = await from_request(DecideForm, request)
    approved = (await request.form()).get("decision") != "refuse"
    async with database(request).transaction() as session:
        found = await billing.payments.paying.find(session, acting(request), payment_id)
    status = 422
    if form.validate():
        try:
            received = form.money(found.currency) if approved else Money(0, found.currency)
            await billing.payments.approving.decide(
                gateways_of(request), acting(request), payment_id, approved=approved, received=received
            )
        except SeraiError as error:
            status = refused(form, error)
        else:
            said = _("It is booked as paid.") if approved else _("It is refused; the payer sees it.")
            return back_to(request, f"{HERE}/approvals", said)
    return await _page(request, payment_id, status, decide_form=form)


@router.post("/refunds/{refund_id}/decide")
async def decide_refund(request: Request, payment_id: str, refund_id: str) -> Response:
    """A refund was sent by hand, or could not be."""
    sent = (await request.form()).get("decision") == "sent"
    path = f"{HERE}/payments/{payment_id}"
    try:
        await billing.payments.approving.decide_refund(gateways_of(request), acting(request), payment_id, refund_id, sent=sent)
    except (Conflict, Invalid, Unavailable) as error:
        return back_to(request, path, error.message, "danger")
    said = _("The refund is booked as sent.") if sent else _("The amount stays in the wallet.")
    return back_to(request, path, said)


@router.get("/receipts/{number}")
async def receipt(request: Request, payment_id: str, number: int) -> Response:
    """A file that a payer uploaded, as a page in which nothing runs."""
    async with database(request).transaction() as session:
        found = await billing.payments.paying.find(session, acting(request), payment_id)
    added = await receipts_of(request, found)
    if not 0 < number <= len(added):
        raise HTTPException(404)
    content, kind = await asyncio.to_thread(_read, settings(request).state, added[number - 1]["file"])
    policy = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'inline; filename="receipt-{number}.{kind}"',
    }
    if kind != "pdf":  # browsers show no PDF in a sandbox
        headers["Content-Security-Policy"] = policy
    return Response(content, media_type=_TYPES[kind], headers=headers)


async def receipts_of(request: Request, found: billing.payments.Payment) -> Sequence[Mapping[str, str]]:
    """None for a gateway that needs nobody, or of a payment it has not heard of."""
    try:
        return await (await billing.payments.approving.desk_of(gateways_of(request), found.gateway)).receipts(found.id)
    except SeraiError:
        return []


def _read(home: Path, file: str) -> tuple[bytes, str]:
    path = (home / file).resolve()
    kind = path.suffix.removeprefix(".")
    if not path.is_relative_to(home.resolve()) or kind not in _TYPES or not path.is_file():
        raise HTTPException(404)
    return path.read_bytes(), kind


async def _page(
    request: Request,
    payment_id: str,
    status: int = 200,
    *,
    refund_form: Form | None = None,
    decide_form: Form | None = None,
) -> Response:
    actor, gateways, payments = acting(request), gateways_of(request), billing.payments
    async with database(request).transaction() as session:
        detail = await payments.reading.detail(session, actor, payment_id)
        found = detail.payment
        names = await reports.account_names(session, actor, [found.account_id])
    money = Money(found.amount, found.currency)
    left = Money(found.refundable, found.currency)
    by_hand = await is_by_hand(request, found.gateway)
    return shown(
        request, "payment.html", status=status, payment=found, notices=detail.notices, refunds=detail.refunds, invoice=detail.invoice,
        account_name=names.get(found.account_id, found.account_id), gateway=gateways.name_of(found.gateway),
        receipts=await receipts_of(request, found), by_hand=by_hand, left=left,
        instructions=found.details.get("instructions", {}),
        can_refund=found.refundable > 0, waits=found.is_under_way,
        refund_form=refund_form or RefundForm(data={"amount": format(left.decimal, "f")}),
        decide_form=decide_form or DecideForm(data={"amount": format(money.decimal, "f")}),
    )  # fmt: skip


async def is_by_hand(request: Request, key: str) -> bool:
    """Whether a person says what arrived there."""
    try:
        return (await gateways_of(request).get(key, even_off=True)).features.approval
    except SeraiError:  # a driver that is not installed here any more
        return False
