"""The data inside: valid by the norm's schema, and the same as on the paper."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import facturx as library
import pytest
from lxml import etree

from serai.modules.billing.documents import InvoiceDocument, Line, Party, cii, obstacles, render_invoice
from tests.unit.modules.billing.documents.samples import BUYER, LINES, SELLER, arabic, invoice, read

RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"


def data_of(document: InvoiceDocument) -> etree._Element:
    """As a reader finds it in the PDF; checked against the schema by the library."""
    name, content = library.get_xml_from_pdf(render_invoice(document), check_xsd=True)
    assert name == "factur-x.xml"
    return etree.fromstring(content)


def value(root: etree._Element, *path: str) -> str | None:
    return root.findtext(".//" + "/".join(RAM + each for each in path))


def sums(root: etree._Element) -> dict[str, Decimal]:
    found = root.find(f".//{RAM}SpecifiedTradeSettlementHeaderMonetarySummation")
    return {etree.QName(each).localname: Decimal(each.text) for each in found}


@pytest.mark.parametrize(
    "document",
    [
        invoice(), invoice(("S", "19", "domestic"), paid=1_000), invoice(("Z", "0", "")),
        invoice(("E", "0", "exempt")), invoice(("G", "0", "export")), invoice(("O", "0", "outside_scope")),
        arabic(due_on=None), invoice(currency="JPY"), invoice(kind="credit_note", of_number="INV-1", due=0),
        invoice(("S", "19", "domestic"), due=0, paid=48_338), invoice(paid=600, due=30_020),
    ],
    ids=["AE", "S", "Z", "E", "G", "O", "ar", "JPY", "credit", "paid", "credited"],
)  # fmt: skip
def test_totals_are_those_of_the_document(document: InvoiceDocument) -> None:
    assert obstacles(document) == []
    root = data_of(document)
    scale = 1 if document.currency == "JPY" else 100
    due = document.total if document.kind == "credit_note" else document.due
    assert {name: each * scale for name, each in sums(root).items()} == {
        "LineTotalAmount": document.subtotal, "TaxBasisTotalAmount": document.subtotal,
        "TaxTotalAmount": document.tax, "GrandTotalAmount": document.total,
        "TotalPrepaidAmount": document.total - due, "DuePayableAmount": due,
    }  # fmt: skip
    lines = [Decimal(each.text) * scale for each in root.iter(f"{RAM}LineTotalAmount")]
    assert sum(lines[:-1]) == document.subtotal
    assert value(root, "ApplicableHeaderTradeSettlement", "ApplicableTradeTax", "CategoryCode") == (
        document.taxes[0].category
    )


def test_an_invoice_is_380_and_a_credit_note_381_that_names_its_invoice() -> None:
    assert value(data_of(invoice()), "TypeCode") == "380"
    credit = data_of(invoice(kind="credit_note", of_number="INV-1", due=0))
    assert value(credit, "TypeCode") == "381"
    assert value(credit, "InvoiceReferencedDocument", "IssuerAssignedID") == "INV-1"
    assert value(credit, "SpecifiedTradePaymentTerms") is None


def test_an_exemption_has_its_code_and_its_reason() -> None:
    root = data_of(invoice())
    tax = "ApplicableHeaderTradeSettlement", "ApplicableTradeTax"
    assert value(root, *tax, "ExemptionReasonCode") == "VATEX-EU-AE"
    assert value(root, *tax, "ExemptionReason") == "Reverse charge: the customer owes the value added tax."
    assert value(data_of(invoice(("S", "19", "domestic"))), *tax, "ExemptionReason") is None


def test_what_is_not_subject_to_vat_names_no_vat_identifier() -> None:
    """BR-O-02: the seller's number stands as a tax number (FC), the buyer's not at all."""
    root = data_of(invoice(("O", "0", "outside_scope")))
    assert [(each.text, each.get("schemeID")) for each in root.iter(f"{RAM}ID") if each.get("schemeID")] == [
        ("DE136695976", "FC")
    ]
    assert not list(root.iter(f"{RAM}RateApplicablePercent"))


@pytest.mark.parametrize(
    ("country", "number", "written"),
    [("EG", "100324932", "EG100324932"), ("GR", "EL094259216", "EL094259216"), ("GR", "094259216", "EL094259216"),
     ("CH", "CHE107787577", "CHE107787577"), ("DE", "DE 136695976", "DE136695976")],
)  # fmt: skip
def test_vat_identifiers_begin_with_their_country(country: str, number: str, written: str) -> None:
    assert cii.vat_identifier(Party("X", country=country, tax_number=number)) == written


def test_what_is_taken_back_is_a_negative_quantity_at_a_positive_price() -> None:
    back = Line("Unused time", Decimal("0.5"), Decimal(-10_000), 0, -5_000)
    root = data_of(invoice(lines=(*LINES, back)))
    assert [each.text for each in root.iter(f"{RAM}BilledQuantity")][-1] == "-0.5"
    assert [each.text for each in root.iter(f"{RAM}ChargeAmount")][-1] == "100.00"


def test_discounts_and_periods_are_kept() -> None:
    root = data_of(invoice())
    assert value(root, "SpecifiedTradeAllowanceCharge", "ActualAmount") == "29.00"
    days = [each.text for each in root.iter() if each.get("format") == "102"]
    assert "20260331" in days
    assert "20260315" in days
    event = root.find(f".//{RAM}ActualDeliverySupplyChainEvent")
    assert "".join(event.itertext()).strip() == "20260331"


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (invoice(currency="KWD"), "two decimals"),
        (invoice(seller=replace(SELLER, tax_number=None)), "no VAT number"),
        (invoice(buyer=replace(BUYER, tax_number=None)), "buyer's VAT number"),
        (invoice(buyer=replace(BUYER, country="")), "need a country"),
        (invoice(("O", "0", "not_registered"), seller=replace(SELLER, tax_number=None, registration=None)), "no number"),
    ],
)  # fmt: skip
def test_what_the_norm_cannot_say_is_a_pdf_without_data(document: InvoiceDocument, why: str) -> None:
    assert any(why in each for each in obstacles(document))
    assert "factur-x.xml" not in read(render_invoice(document)).attachments


def test_the_pdf_says_that_it_is_pdf_a_3_and_factur_x() -> None:
    made = render_invoice(invoice())
    for part in (b"<pdfaid:part>3</pdfaid:part>", b"<pdfaid:conformance>B<", b"<fx:ConformanceLevel>EN 16931<",
                 b"/AFRelationship /Alternative"):  # fmt: skip
        assert part in made, part
    assert "/OutputIntents" in read(made).trailer["/Root"]
    assert read(made).trailer["/Root"]["/Lang"] == "en"


def test_texts_that_xml_cannot_hold_are_left_out() -> None:
    root = data_of(
        invoice(
            notes=("bell\x07 <b>&amp; \ud800\ufffe🚀",), lines=(Line("\x00", Decimal(1), Decimal(1), 0, 1),)
        )
    )
    assert value(root, "IncludedNote", "Content") == "bell <b>&amp; 🚀"
    assert value(root, "SpecifiedTradeProduct", "Name") == "1"


def test_without_periods_the_supply_is_of_the_documents_own_day() -> None:
    """The day of the zone it was issued in."""
    root = data_of(invoice(lines=LINES[1:]))
    event = root.find(f".//{RAM}ActualDeliverySupplyChainEvent")
    assert "".join(event.itertext()).strip() == date(2026, 3, 1).strftime("%Y%m%d")
