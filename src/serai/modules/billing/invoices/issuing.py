"""From drafts to issued invoices: taxed, numbered without gaps, in the books. Many at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from serai.kit import ids
from serai.kit.db import Json, Session
from serai.modules.billing import ledger, tax
from serai.modules.billing.invoices import queries
from serai.modules.billing.invoices.lines import Amounts, InvoiceDraft, amounts_of
from serai.modules.billing.invoices.models import Invoice, InvoiceLine
from serai.modules.billing.ledger import LedgerAccountKey, Transfer
from serai.modules.billing.profiles import sellers
from serai.modules.billing.profiles.models import BillingProfile, LegalEntity
from serai.modules.billing.profiles.service import Billed, billed


async def draft(session: Session, drafts: Sequence[InvoiceDraft], at: datetime) -> dict[str, Invoice]:
    """Write drafts, by key; one whose key exists already is left as it is and returned as it stands."""
    if not drafts:
        return {}
    known = await queries.by_keys(session, [each.key for each in drafts])
    wanted = [each for each in drafts if each.key not in known]
    profiles = await billed(session, sorted({each.account_id for each in wanted}))
    overrides = await sellers.tax_rates(session)
    invoices, rows = [], []
    for each in wanted:
        invoice, lines = _rows(each, profiles[each.account_id], overrides, at)
        invoices.append(invoice)
        rows.extend(lines)
    await queries.add(session, invoices, rows)
    made = await queries.by_keys(session, [each.key for each in wanted]) if wanted else {}
    return known | made


async def issue(
    session: Session, invoices: Sequence[Invoice], at: datetime, due_at: datetime | None = None
) -> None:
    """Number them, write them into the books, and let collecting begin. Those that were issued stay."""
    drafts = [each for each in invoices if each.state == "draft"]
    if not drafts:
        return
    lines = await queries.lines(session, [each.id for each in drafts])
    terms = await billed(session, sorted({each.account_id for each in drafts}))
    transfers = [transfer for each in drafts if (transfer := booking(each, lines[each.id], at))]
    await ledger.post(session, *transfers)
    rows = []
    for place in sorted({(each.legal_entity_id, each.kind) for each in drafts}):
        group = [each for each in drafts if (each.legal_entity_id, each.kind) == place]
        prefix, first = await queries.draw_numbers(session, *place, len(group))
        for sequence, each in enumerate(group, first):
            due = due_at or at + timedelta(days=terms[each.account_id].profile.terms_days)
            rows.append(_issued(each, prefix, sequence, at, due))
    await queries.number(session, rows)
    await queries.read_again(session, [each.id for each in drafts])


def _issued(invoice: Invoice, prefix: str, sequence: int, at: datetime, due: datetime) -> dict[str, Any]:
    is_note = invoice.kind == "credit_note"
    settled = is_note or invoice.total == 0
    return {
        "id": invoice.id, "sequence": sequence,
        "number": f"{prefix}-CN-{sequence:06d}" if is_note else f"{prefix}-{sequence:06d}",
        "state": "paid" if settled else "open", "issued_at": at, "due_at": None if is_note else due,
        "settled_at": at if settled else None, "collect_at": None if settled else due,
    }  # fmt: skip


def booking(invoice: Invoice, lines: Sequence[InvoiceLine], at: datetime) -> Transfer | None:
    """What an issued invoice is in the books: a claim on the customer against revenue, earned or not yet,
    and tax. A credit note is the opposite."""
    sign = -1 if invoice.kind == "credit_note" else 1
    legs: dict[LedgerAccountKey, int] = {LedgerAccountKey("receivable", invoice.account_id): sign * invoice.total}
    for line in lines:
        place = LedgerAccountKey(revenue_kind(line, at), party=line.product_id)
        legs[place] = legs.get(place, 0) - sign * line.amount
    for each in invoice.tax_lines:
        place = LedgerAccountKey("tax_payable", party=each["country"])
        legs[place] = legs.get(place, 0) - sign * each["tax"]
    moving = tuple((place, amount) for place, amount in legs.items() if amount)
    if not moving:
        return None
    return Transfer(
        key=f"{invoice.id}/issued", kind=invoice.kind, currency=invoice.currency, legs=moving,
        account_id=invoice.account_id, subject=invoice.id, at=at,
    )  # fmt: skip


def revenue_kind(line: InvoiceLine, at: datetime) -> Any:
    """What is for a time still to come is owed to the customer until then."""
    ahead = line.period_end is not None and line.period_end > at
    return "deferred_revenue" if ahead else "revenue"


def priced(
    wanted: InvoiceDraft, by: Billed, overrides: Sequence[tax.Rate], at: datetime
) -> tuple[tax.Treatment, Amounts]:
    """Net and tax of a draft, as it would be issued at `at`."""
    seller, like = by.seller, wanted.like
    rule = _as(like) if like else tax_of(by, overrides, at)
    quoted_with_tax = like.seller.get("tax_inclusive", False) if like else seller.tax_inclusive
    inclusive = quoted_with_tax and not wanted.net
    return rule, amounts_of(wanted.lines, rule.rate_bps, inclusive=inclusive)


def _rows(
    wanted: InvoiceDraft, by: Billed, overrides: Sequence[tax.Rate], at: datetime
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    seller, profile, like = by.seller, by.profile, wanted.like
    rule, amounts = priced(wanted, by, overrides, at)
    invoice_id = ids.new("inv")
    invoice = {
        "id": invoice_id, "account_id": wanted.account_id,
        "legal_entity_id": like.legal_entity_id if like else seller.id, "kind": wanted.kind,
        "state": "draft", "key": wanted.key, "sequence": None, "number": None,
        "currency": wanted.currency, "language": like.language if like else profile.language,
        "reason": wanted.reason, "of_invoice_id": like.id if like else None, "subtotal": amounts.net,
        "tax": amounts.tax, "total": amounts.net + amounts.tax, "paid": 0, "credited": 0, "returned": 0,
        "tax_lines": [{"category": rule.category, "rate": rule.rate_bps, "base": amounts.net,
                       "tax": amounts.tax, "country": rule.country, "reason": rule.reason}],
        "seller": like.seller if like else seller_facts(seller),
        "buyer": like.buyer if like else buyer_facts(profile), "created_at": at,
        "issued_at": None, "due_at": None, "settled_at": None, "dunning_since": None, "dunning_done": 0,
        "collect_at": None, "emailed_at": None,
    }  # fmt: skip
    return invoice, _line_rows(wanted, amounts, invoice_id, at)


def _as(invoice: Invoice) -> tax.Treatment:
    """A credit note takes back the tax its invoice charged, whatever the rate is by now."""
    was = invoice.tax_lines[0]
    return tax.Treatment(was["category"], was["rate"], was["country"], was["reason"])


def _line_rows(wanted: InvoiceDraft, amounts: Amounts, invoice_id: str, at: datetime) -> list[dict[str, Any]]:
    rows = []
    for position, (line, parts) in enumerate(zip(wanted.lines, amounts.lines, strict=True), 1):
        unit, discount, net, vat = parts
        start, end = line.period or (None, None)
        ahead = end is not None and end > at
        rows.append(
            {
                "invoice_id": invoice_id, "position": position, "account_id": wanted.account_id,
                "kind": line.kind, "text": line.text, "quantity": line.quantity, "unit_amount": unit,
                "discount": discount, "amount": net, "tax": vat, "recognised": 0 if ahead else net,
                "subscription_id": line.subscription_id, "item_id": line.item_id,
                "product_id": line.product_id, "package_id": line.package_id, "period_start": start,
                "period_end": end,
            }
        )  # fmt: skip
    return rows


def seller_facts(seller: LegalEntity) -> Json:
    return {
        "name": seller.name, "address": seller.address, "country": seller.country,
        "tax_number": seller.tax_number, "registration": seller.registration, "email": seller.email,
        "bank": seller.bank, "tax_inclusive": seller.tax_inclusive,
    }  # fmt: skip


def buyer_facts(profile: BillingProfile) -> Json:
    return {
        "name": profile.name, "address": profile.address, "country": profile.country,
        "tax_number": profile.tax_number, "email": profile.email,
    }  # fmt: skip


def _seller(seller: LegalEntity) -> tax.TaxSeller:
    return tax.TaxSeller(seller.country, seller.tax_registered, seller.oss, seller.tax_number)


def _buyer(profile: BillingProfile) -> tax.TaxBuyer:
    return tax.TaxBuyer(profile.country, profile.tax_number, profile.tax_exempt, profile.is_business)


def tax_of(by: Billed, overrides: Sequence[tax.Rate], at: datetime) -> tax.Treatment:
    """The treatment an account's purchases get today, for a preview."""
    return tax.treatment(_seller(by.seller), _buyer(by.profile), at.date(), overrides)
