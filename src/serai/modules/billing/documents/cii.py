"""A document as EN 16931 says it, in UN/CEFACT's Cross Industry Invoice (CII D16B).

The order of the elements is the schema's. BT and BG are the norm's numbers.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from lxml import etree
from lxml.builder import ElementMaker

from serai.kit.i18n import _, use_locale
from serai.modules.billing.documents.checks import tax_of
from serai.modules.billing.documents.model import InvoiceDocument, Line, Party, TaxTotal
from serai.modules.billing.tax import reason_text

GUIDELINE = "urn:cen.eu:en16931:2017"
_TYPE = {"invoice": "380", "credit_note": "381"}
_PIECE = "C62"
_EXEMPTION_CODES = {"AE": "VATEX-EU-AE", "G": "VATEX-EU-G", "O": "VATEX-EU-O"}
_NAMESPACES = {
    name: f"urn:un:unece:uncefact:data:{rest}:100"
    for name, rest in (
        ("rsm", "standard:CrossIndustryInvoice"),
        ("ram", "standard:ReusableAggregateBusinessInformationEntity"),
        ("udt", "standard:UnqualifiedDataType"),
    )
}
_RSM, _RAM, _UDT = (ElementMaker(namespace=uri, nsmap=_NAMESPACES) for uri in _NAMESPACES.values())
Element = Any  # lxml comes without types


def build(document: InvoiceDocument) -> bytes:
    """Without what XML cannot hold (control characters)."""
    with use_locale(document.language):
        root = _RSM.CrossIndustryInvoice(
            _RSM.ExchangedDocumentContext(
                _RAM.GuidelineSpecifiedDocumentContextParameter(_RAM.ID(GUIDELINE))
            ),
            _RSM.ExchangedDocument(
                _RAM.ID(plain(document.number)),
                _RAM.TypeCode(_TYPE[document.kind]),
                _RAM.IssueDateTime(_day(document.issued_at.date())),
                *(_RAM.IncludedNote(_RAM.Content(plain(each))) for each in document.notes),
            ),
            _RSM.SupplyChainTradeTransaction(
                *(_line(document, each, number) for number, each in enumerate(document.lines, 1)),
                _agreement(document),
                _delivery(document),
                _settlement(document),
            ),
        )
        return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True))


def amount(minor: int | Decimal, currency: str) -> str:
    value = Decimal(minor).scaleb(-get_currency_precision(currency))
    return f"{value:f}"


def is_untaxed(document: InvoiceDocument) -> bool:
    """Category O, which stands alone and without VAT identifiers (BR-O-02, BR-O-11)."""
    return any(each.category == "O" for each in document.taxes)


def _line(document: InvoiceDocument, line: Line, number: int) -> Element:
    # A price is never negative (BR-27): what is taken back is a negative quantity.
    sign = -1 if line.unit_amount < 0 else 1
    settlement = [_tax_of_line(tax_of(document, line))]
    if line.period:
        settlement.append(_span(*line.period))
    if line.discount:
        settlement.append(
            _RAM.SpecifiedTradeAllowanceCharge(
                _RAM.ChargeIndicator(_UDT.Indicator("true" if line.discount < 0 else "false")),
                _RAM.ActualAmount(amount(abs(line.discount), document.currency)),
                _RAM.Reason(_("Discount")),
            )
        )
    settlement.append(
        _RAM.SpecifiedTradeSettlementLineMonetarySummation(
            _RAM.LineTotalAmount(amount(line.amount, document.currency))
        )
    )
    return _RAM.IncludedSupplyChainTradeLineItem(
        _RAM.AssociatedDocumentLineDocument(_RAM.LineID(str(number))),
        _RAM.SpecifiedTradeProduct(_RAM.Name(plain(line.description) or str(number))),
        _RAM.SpecifiedLineTradeAgreement(
            _RAM.NetPriceProductTradePrice(
                _RAM.ChargeAmount(amount(sign * line.unit_amount, document.currency))
            )
        ),
        _RAM.SpecifiedLineTradeDelivery(_RAM.BilledQuantity(f"{sign * line.quantity:f}", unitCode=_PIECE)),
        _RAM.SpecifiedLineTradeSettlement(*settlement),
    )


def _tax_of_line(tax: TaxTotal) -> Element:
    made = _RAM.ApplicableTradeTax(_RAM.TypeCode("VAT"), _RAM.CategoryCode(tax.category))
    if tax.category != "O":
        made.append(_RAM.RateApplicablePercent(f"{tax.rate:f}"))
    return made


def _agreement(document: InvoiceDocument) -> Element:
    untaxed = is_untaxed(document)
    return _RAM.ApplicableHeaderTradeAgreement(
        _RAM.SellerTradeParty(*_party(document.seller, scheme="FC" if untaxed else "VA")),
        _RAM.BuyerTradeParty(*_party(document.buyer, scheme=None if untaxed else "VA")),
    )


def _party(party: Party, scheme: str | None) -> Iterator[Element]:
    """`scheme`: VA for a VAT identifier, FC for another tax number, none to leave it out."""
    yield _RAM.Name(plain(party.name))
    if party.registration:
        yield _RAM.SpecifiedLegalOrganization(_RAM.ID(plain(party.registration)))
    yield _RAM.PostalTradeAddress(*_address(party))
    if party.tax_number and scheme:
        number = vat_identifier(party) if scheme == "VA" else plain(party.tax_number)
        yield _RAM.SpecifiedTaxRegistration(_RAM.ID(number, schemeID=scheme))


def vat_identifier(party: Party) -> str:
    """With its country's prefix (BR-CO-09); Greece's is EL."""
    number = plain(party.tax_number or "").replace(" ", "")
    prefixes = (party.country, "EL") if party.country == "GR" else (party.country,)
    return number if number.startswith(prefixes) else f"{prefixes[-1]}{number}"


def _address(party: Party) -> Iterator[Element]:
    if party.postcode:
        yield _RAM.PostcodeCode(plain(party.postcode))
    lines = [plain(each) for each in party.address if plain(each)]
    if len(lines) > 3:
        lines = [*lines[:2], ", ".join(lines[2:])]
    for name, line in zip(("LineOne", "LineTwo", "LineThree"), lines, strict=False):
        yield _RAM(name, line)
    if party.city:
        yield _RAM.CityName(plain(party.city))
    yield _RAM.CountryID(party.country)


def _delivery(document: InvoiceDocument) -> Element:
    """The supply is completed when the last period ends; without any, on the day of the document."""
    ends = [each.period[1] for each in document.lines if each.period]
    day = max(ends, default=document.issued_at.date())
    return _RAM.ApplicableHeaderTradeDelivery(
        _RAM.ActualDeliverySupplyChainEvent(_RAM.OccurrenceDateTime(_day(day)))
    )


def _settlement(document: InvoiceDocument) -> Element:
    made = _RAM.ApplicableHeaderTradeSettlement(_RAM.InvoiceCurrencyCode(document.currency))
    made.extend([_tax_total(each, document.currency) for each in document.taxes])
    periods = [each.period for each in document.lines if each.period]
    if periods:
        made.append(_span(min(each[0] for each in periods), max(each[1] for each in periods)))
    if document.kind == "invoice" and document.due > 0:
        made.append(_terms(document.due_on))
    made.append(_sums(document))
    if document.of_number:
        made.append(_RAM.InvoiceReferencedDocument(_RAM.IssuerAssignedID(plain(document.of_number))))
    return made


def _tax_total(tax: TaxTotal, currency: str) -> Element:
    made = _RAM.ApplicableTradeTax(_RAM.CalculatedAmount(amount(tax.tax, currency)), _RAM.TypeCode("VAT"))
    untaxed = tax.category not in {"S", "Z"}
    if untaxed:
        made.append(_RAM.ExemptionReason(plain(reason_text(tax.reason)) or _("Exempt")))
    made.append(_RAM.BasisAmount(amount(tax.base, currency)))
    made.append(_RAM.CategoryCode(tax.category))
    if tax.category in _EXEMPTION_CODES:
        made.append(_RAM.ExemptionReasonCode(_EXEMPTION_CODES[tax.category]))
    if tax.category != "O":
        made.append(_RAM.RateApplicablePercent(f"{tax.rate:f}"))
    return made


def _terms(due_on: date | None) -> Element:
    if due_on is None:
        return _RAM.SpecifiedTradePaymentTerms(_RAM.Description(_("Due on receipt")))
    return _RAM.SpecifiedTradePaymentTerms(_RAM.DueDateDateTime(_day(due_on)))


def _sums(document: InvoiceDocument) -> Element:
    """What was paid or credited before is one sum here (BT-113)."""
    currency = document.currency
    settled = document.total - document.due if document.kind == "invoice" else 0
    return _RAM.SpecifiedTradeSettlementHeaderMonetarySummation(
        _RAM.LineTotalAmount(amount(document.subtotal, currency)),
        _RAM.TaxBasisTotalAmount(amount(document.subtotal, currency)),
        _RAM.TaxTotalAmount(amount(document.tax, currency), currencyID=currency),
        _RAM.GrandTotalAmount(amount(document.total, currency)),
        _RAM.TotalPrepaidAmount(amount(settled, currency)),
        _RAM.DuePayableAmount(amount(document.total - settled, currency)),
    )


def _span(start: date, end: date) -> Element:
    return _RAM.BillingSpecifiedPeriod(_RAM.StartDateTime(_day(start)), _RAM.EndDateTime(_day(end)))


def _day(value: date) -> Element:
    return _UDT.DateTimeString(value.strftime("%Y%m%d"), format="102")


def plain(text: str) -> str:
    """Spaces in one piece, and none of the characters that XML forbids."""
    allowed = (each for each in text if (each >= " " and not "\ud800" <= each <= "\udfff") or each in "\t\n")
    return " ".join("".join(each for each in allowed if each not in "\ufffe\uffff").split())
