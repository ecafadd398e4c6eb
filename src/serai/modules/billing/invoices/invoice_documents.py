"""Invoices and statements as documents: gathered in a transaction, rendered outside of any."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.i18n import _, use_locale
from serai.modules.billing import documents, policy, tax
from serai.modules.billing.errors import InvoiceNotFound
from serai.modules.billing.invoices import queries
from serai.modules.billing.invoices.issuing import buyer_facts, seller_facts
from serai.modules.billing.invoices.models import Invoice, InvoiceLine
from serai.modules.billing.invoices.wording import wording
from serai.modules.billing.ledger import LedgerAccountKey
from serai.modules.billing.ledger import queries as ledger_queries
from serai.modules.billing.periods import local_date
from serai.modules.billing.profiles import service as profiles


async def find(session: Session, actor: Actor, reference: str) -> Invoice:
    """By id or number. Raises InvoiceNotFound."""
    invoice = await queries.find(session, actor, reference)
    if invoice is None:
        raise InvoiceNotFound(_("There is no invoice %(name)s.", name=reference))
    policy.READ.require(actor, account_id=invoice.account_id)
    return invoice


async def document_of(
    session: Session, actor: Actor, reference: str, public_url: str, language: str | None = None
) -> documents.InvoiceDocument:
    """What the document of an issued invoice says, in the invoice's language or another."""
    invoice = await find(session, actor, reference)
    if invoice.number is None or invoice.issued_at is None:
        raise InvoiceNotFound(_("This order is no invoice yet: it becomes one when it is paid."))
    lines = (await queries.lines(session, [invoice.id])).get(invoice.id, [])
    by = await profiles.ensure(session, actor, invoice.account_id)
    of = await session.get(Invoice, invoice.of_invoice_id) if invoice.of_invoice_id else None
    with use_locale(language or invoice.language):
        return _document(invoice, lines, by.profile.time_zone, of, public_url, language or invoice.language)


async def pdf(document: documents.InvoiceDocument) -> bytes:
    return await asyncio.to_thread(documents.render_invoice, document)


async def statement_currencies(session: Session, actor: Actor, account_id: str) -> list[str]:
    """In which the account ever owed something; else the one it is billed in."""
    by = await profiles.read(session, actor, account_id)
    used = [row.currency for row in await ledger_queries.of_customer(session, account_id, "receivable")]
    return used or [by.currency or "USD"]


async def statement_of(
    session: Session, actor: Actor, account_id: str, currency: str, since: date, until: date, language: str
) -> documents.StatementDocument:
    """What the account owed, day by day: invoices, payments and credits between two days."""
    policy.READ.require(actor, account_id=account_id)
    by = await profiles.ensure(session, actor, account_id)
    rows = await ledger_queries.in_order(session, LedgerAccountKey("receivable", account_id), currency)
    numbers = await queries.numbers(session, [transfer.subject for transfer, _amount in rows])
    lines, balance, opening = [], 0, 0
    with use_locale(language):
        for transfer, amount in rows:
            day = local_date(transfer.at, by.profile.time_zone)
            balance += amount
            if day < since:
                opening = balance
            elif day <= until:
                lines.append(
                    documents.StatementLine(day, _word_of(transfer.kind), _reference(transfer, numbers), amount, balance)
                )
    closing = lines[-1].balance if lines else opening
    return documents.StatementDocument(
        currency, language, since, until, _party(seller_facts(by.seller)), _party(buyer_facts(by.profile)),
        opening, closing, tuple(lines),
    )  # fmt: skip


def _document(
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    zone: str,
    of: Invoice | None,
    public_url: str,
    language: str,
) -> documents.InvoiceDocument:
    assert invoice.number is not None
    assert invoice.issued_at is not None
    is_note = invoice.kind == "credit_note"
    owed = invoice.due if invoice.state == "open" else 0
    return documents.InvoiceDocument(
        kind="credit_note" if is_note else "invoice", number=invoice.number, currency=invoice.currency,
        language=language, issued_at=invoice.issued_at,
        due_on=local_date(invoice.due_at, zone) if invoice.due_at else None,
        seller=_party(invoice.seller), buyer=_party(invoice.buyer),
        lines=tuple(_line(line, zone) for line in lines),
        taxes=tuple(_tax(each) for each in invoice.tax_lines), subtotal=invoice.subtotal,
        tax=invoice.tax, total=invoice.total, paid=0 if is_note else invoice.total - owed,
        due=owed, of_number=of.number if of else None,
        payment=tuple((str(k), str(v)) for k, v in (invoice.seller.get("bank") or {}).items()) if owed else (),
        pay_url=f"{public_url}/console/billing/invoices/{invoice.id}" if owed else None,
    )  # fmt: skip


def _line(line: InvoiceLine, zone: str) -> documents.Line:
    return documents.Line(
        wording(line.text), Decimal(line.quantity), Decimal(line.unit_amount), line.discount, line.amount,
        _days(line.period_start, line.period_end, zone),
    )  # fmt: skip


def _days(start: datetime | None, end: datetime | None, zone: str) -> tuple[date, date] | None:
    return (local_date(start, zone), local_date(end, zone)) if start and end else None


def _tax(each: dict[str, Any]) -> documents.TaxTotal:
    rate = Decimal(each["rate"]) / 100
    return documents.TaxTotal(
        each["category"], rate, each["base"], each["tax"], str(tax.reason_text(each["reason"]))
    )


def _party(facts: dict[str, Any]) -> documents.Party:
    address = facts.get("address") or {}
    street = tuple(
        line for line in (address.get("line1"), address.get("line2"), address.get("region")) if line
    )
    return documents.Party(
        name=facts["name"], address=street, city=address.get("city", ""),
        postcode=address.get("postcode", ""), country=facts.get("country", ""),
        tax_number=facts.get("tax_number"), registration=facts.get("registration"), email=facts.get("email"),
    )  # fmt: skip


def _word_of(kind: str) -> str:
    known = {
        "invoice": _("Invoice"), "credit_note": _("Credit note"), "payment": _("Payment"),
        "credit_to_wallet": _("Moved into the wallet"), "write_off": _("Written off"),
    }  # fmt: skip
    return known.get(kind, kind)


def _reference(transfer: Any, numbers: dict[str, str]) -> str:
    """The number of the invoice or credit note it is about."""
    return str(transfer.memo.get("invoice") or numbers.get(transfer.subject, ""))
