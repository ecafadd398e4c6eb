"""Give back what was invoiced: credit notes, which first lower what is still owed, then fill the wallet."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from serai.kit import ids
from serai.kit.db import Session
from serai.kit.errors import Invalid
from serai.kit.i18n import _
from serai.kit.money import Money
from serai.modules.billing import ledger
from serai.modules.billing.invoices import issuing, queries
from serai.modules.billing.invoices.lines import InvoiceDraft, LineDraft
from serai.modules.billing.invoices.models import Invoice, InvoiceLine
from serai.modules.billing.ledger import LedgerAccountKey


async def credit(
    session: Session,
    invoice_id: str,
    lines: Sequence[LineDraft],
    at: datetime,
    *,
    reason: str,
    key: str | None = None,
    net: bool = False,
) -> Invoice:
    """Issue a credit note of these (positive) lines, which are `net` or as prices are quoted. What of it was paid already goes into the wallet.

    Raises Invalid when more would be credited than was invoiced.
    """
    invoice = await queries.locked(session, invoice_id)
    wanted = draft_of(invoice, lines, reason=reason, key=key or f"credit/{ids.new('crd')}", net=net)
    note = (await issuing.draft(session, [wanted], at))[wanted.key]
    if note.state != "draft":
        return note
    if note.total > invoice.creditable:
        left = Money(invoice.creditable, invoice.currency)
        raise Invalid(
            _("Only %(left)s of this invoice can still be credited.", left=f"{left.decimal} {left.currency}")
        )
    await issuing.issue(session, [note], at)
    await _settle(session, invoice, note, at)
    return note


def draft_of(
    invoice: Invoice, lines: Sequence[LineDraft], *, reason: str, key: str, net: bool = False
) -> InvoiceDraft:
    """The credit note, before it exists."""
    return InvoiceDraft(
        key=key, account_id=invoice.account_id, currency=invoice.currency, reason=reason, lines=tuple(lines),
        kind="credit_note", like=invoice, net=net,
    )  # fmt: skip


async def _settle(session: Session, invoice: Invoice, note: Invoice, at: datetime) -> None:
    less_owed = min(note.total, invoice.due)
    back = note.total - less_owed
    if less_owed and invoice.state == "uncollectible":
        await ledger.post(session, _loss_back(invoice, note, less_owed, at))
    invoice.credited += note.total
    invoice.returned += back
    if invoice.due == 0 and invoice.state in {"open", "uncollectible"}:
        invoice.state, invoice.settled_at, invoice.collect_at = "paid", at, None
    note.paid = note.total
    if back:
        wallet = LedgerAccountKey("wallet", invoice.account_id)
        await ledger.post(
            session,
            ledger.between(
                LedgerAccountKey("receivable", invoice.account_id), wallet, Money(back, invoice.currency),
                key=f"{note.id}/to_wallet", kind="credit_to_wallet", account_id=invoice.account_id,
                subject=note.id, at=at,
            ),
        )  # fmt: skip
    await session.flush()


def _loss_back(invoice: Invoice, note: Invoice, amount: int, at: datetime) -> ledger.Transfer:
    """What was written off and is credited after all was no loss: nobody owed it."""
    return ledger.between(
        LedgerAccountKey("receivable", invoice.account_id), LedgerAccountKey("write_offs"), Money(amount, invoice.currency),
        key=f"{note.id}/loss_back", kind="write_off_reversed", account_id=invoice.account_id,
        subject=note.id, at=at,
    )  # fmt: skip


async def as_they_were_charged(
    session: Session, subscription_id: str, unused: Sequence[LineDraft]
) -> dict[str, list[LineDraft]]:
    """Lines below zero as lines of credit notes, by the invoice each item was charged on; where that has
    not enough left (part of it was itself set off against something), on the ones before it."""
    charged_on = await queries.newest_charges(session, subscription_id, [u.item_id or "" for u in unused])
    invoices = await queries.of_running_period(session, subscription_id)
    room = {each.id: room_of(each) for each in invoices}
    found: dict[str, list[LineDraft]] = {}
    for line in unused:
        left = -line.gross
        first = charged_on.get(line.item_id or "")
        for invoice_id in sorted(room, key=lambda each: (each == first, each), reverse=True):
            part = min(left, room[invoice_id])
            if part > 0:
                found.setdefault(invoice_id, []).append(_turned(line, part))
                room[invoice_id] -= part
                left -= part
    return found


def room_of(invoice: Invoice) -> int:
    """What can still be credited of it, as its prices were quoted: with the tax in it, or without."""
    left = invoice.total - invoice.credited
    if invoice.seller.get("tax_inclusive") or not invoice.total:
        return left
    return left * invoice.subtotal // invoice.total


def spread(charged: Sequence[InvoiceLine], net: int, text: dict[str, Any]) -> list[LineDraft]:
    """`net` as lines of a credit note, over what was charged in proportion and for the same time, so that
    revenue is taken back as it is earned."""
    positive = [line for line in charged if line.amount > 0]
    whole = sum(line.amount for line in positive)
    parts = [net * line.amount // whole for line in positive] if whole else []
    if parts:
        parts[0] += net - sum(parts)
    return [
        LineDraft(
            kind="credit", text=text, gross=part, product_id=line.product_id, package_id=line.package_id,
            period=(line.period_start, line.period_end) if line.period_start and line.period_end else None,
        )
        for line, part in zip(positive, parts, strict=True)
        if part
    ]  # fmt: skip


def within(lines: Sequence[LineDraft], room: int) -> list[LineDraft]:
    """These (positive) lines, cut to what there is room for."""
    kept = []
    for line in lines:
        part = min(line.gross, room)
        if part > 0:
            kept.append(line if part == line.gross else replace(line, gross=part, unit_amount=None))
            room -= part
    return kept


def _turned(line: LineDraft, amount: int) -> LineDraft:
    return LineDraft(
        kind=line.kind, text=line.text, gross=amount, subscription_id=line.subscription_id,
        item_id=line.item_id, product_id=line.product_id, package_id=line.package_id, period=line.period,
    )
