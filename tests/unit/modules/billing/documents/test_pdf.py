"""What stands on the paper."""

import importlib
import time
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import typst

from serai.kit import fonts
from serai.kit.errors import Invalid
from serai.kit.i18n import use_locale
from serai.modules.billing.documents import (
    Line,
    StatementDocument,
    StatementLine,
    pdf,
    render_invoice,
    render_statement,
)
from serai.modules.billing.documents.texts import clean, money
from tests.unit.modules.billing.documents.samples import BUYER, LINES, SELLER, arabic, invoice, read, text_of

EVIL = '#import "x": * \\ *bold* _it_ $x^2$ <label> @ref #sys.inputs `raw` // no comment /* nor this'


def test_an_invoice_says_who_owes_what_to_whom_and_why() -> None:
    text = text_of(render_invoice(invoice(paid=10_000)))
    for part in (
        "Invoice", "INV-2026-00042", "Mar 1, 2026", "Due on Mar 15, 2026", "Serai Software GmbH", "DE136695976",
        "Nile Trading SARL", "France", "FR40303265045", "Business plan", "Mar 1, 2026 – Mar 31, 2026", "-€29.00",
        "€261.00", "1,200", "€0.0085", "€10.20", "€406.20", "-€100.00", "€306.20", "Reverse charge",
        "the customer owes the value added tax", "DE02120300000000202051", "Thank you.", "Page 1 of 1", "Pay online",
    ):  # fmt: skip
        assert part in text, part


def test_a_paid_one_asks_for_nothing() -> None:
    made = render_invoice(invoice(due=0, paid=40_620))
    text = text_of(made)
    assert "Nothing is left to pay" in text
    for part in ("Pay online", "How to pay", "Scan to pay", "Due on"):
        assert part not in text, part
    assert b"/URI" not in made


def test_what_was_credited_is_shown_between_total_and_due() -> None:
    text = text_of(render_invoice(invoice(paid=600, due=30_020)))
    assert "Credited" in text
    assert "-€100.00" in text


def test_a_credit_note_names_its_invoice_and_asks_for_nothing() -> None:
    note = invoice(kind="credit_note", number="CN-7", of_number="INV-2026-00042", due=0)
    text = text_of(render_invoice(note))
    for part in ("Credit note", "CN-7", "Corrects invoice", "INV-2026-00042", "Credited to you", "€406.20"):
        assert part in text, part
    for part in ("Amount due", "Pay online", "Due date", "Credited\n"):
        assert part not in text, part


def test_lines_of_several_taxes_say_which_is_theirs() -> None:
    lines = tuple(
        replace(line, tax_category=category, tax_rate=Decimal(rate))
        for line, (category, rate) in zip(LINES, (("S", 19), ("S", 19), ("E", 0)), strict=True)
    )
    text = text_of(render_invoice(invoice(("S", "19", "domestic"), ("E", "0", "exempt"), lines=lines)))
    for part in ("19%", "VAT 19%", "Exempt", "The customer is exempt", "€75.24", "€396.00"):
        assert part in text, part


def test_arabic_reads_from_right_to_left_with_its_amounts() -> None:
    made = render_invoice(arabic())
    text = text_of(made)
    for word in ("سراي", "للبرمجيات", "شركة", "النيل", "مارس", "406.20", "463.07", "56.87", "ج.م"):
        assert word in text or word[::-1] in text, word
    assert _first_x(made, "INV-2026-00042") > _first_x(render_invoice(invoice()), "INV-2026-00042") + 200


def _first_x(made: bytes, wanted: str) -> float:
    found: list[float] = []

    def visit(text: str, page: list[float], line: list[float], *_: Any) -> None:
        if wanted in text:
            found.append(page[4] + line[4])

    read(made).pages[0].extract_text(visitor_text=visit)
    return found[0]


def test_arabic_letters_are_joined() -> None:
    """The same letters kept apart by non-joiners are wider: the fonts and the engine do join them."""
    word = "فاتورة"
    kept_apart = "\u200c".join(word)
    source = (
        f'#set text(font: "IBM Plex Sans Arabic", lang: "ar", dir: rtl)\n'
        f'#context [#metadata((measure("{word}").width.pt(), measure("{kept_apart}").width.pt())) <w>]'
    )
    compiler = typst.Compiler(source.encode(), font_paths=pdf._fonts(), ignore_system_fonts=True)
    joined, apart = (
        float(each) for each in compiler.query("<w>", field="value", one=True).strip("[]").split(",")
    )
    assert joined < apart * 0.95


def test_many_lines_break_over_pages_with_the_head_of_the_table() -> None:
    lines = tuple(Line(f"Line {number:03}", Decimal(1), Decimal(100), 0, 100) for number in range(1, 201))
    pages = [page.extract_text() for page in read(render_invoice(invoice(lines=lines))).pages]
    assert len(pages) > 4
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
    assert all("Unit price" in page for page in pages if "Line " in page)
    assert [f"Line {number:03}" in "".join(pages) for number in range(1, 201)] == [True] * 200
    assert "€200.00" in pages[-1]


def test_a_line_stays_on_one_page_unless_it_fits_on_none() -> None:
    text = "First{0:03} " + "and more words " * 25 + "last{0:03}"
    lines = tuple(Line(text.format(number), Decimal(1), Decimal(100), 0, 100) for number in range(40))
    pages = [page.extract_text() for page in read(render_invoice(invoice(lines=lines))).pages]
    assert len(pages) > 2
    for number in range(40):
        assert [f"First{number:03}" in page for page in pages] == [
            f"last{number:03}" in page for page in pages
        ]
    endless = (Line("endless words " * 3_000, Decimal(1), Decimal(100), 0, 100),)
    pages = [page.extract_text() for page in read(render_invoice(invoice(lines=endless))).pages]
    assert len(pages) > 5
    assert "".join(pages).count("endless") == 3_000


def test_nobodys_text_is_read_as_markup() -> None:
    party = replace(BUYER, name=EVIL, address=(EVIL,), city=EVIL, tax_number=None)
    lines = (Line(EVIL, Decimal(1), Decimal(100), 0, 100),)
    made = render_invoice(
        invoice(("S", "19", "domestic"), lines=lines, buyer=party, seller=replace(SELLER, name=EVIL), number=EVIL,
                notes=(EVIL,), payment=((EVIL, EVIL),))
    )  # fmt: skip
    text = text_of(made).replace("\n", "").replace(" ", "")
    assert text.count(EVIL.replace(" ", "")) >= 8


@pytest.mark.parametrize(
    "hostile",
    ["W" * 500, "\u202e" + "evil" + "\u202c\u2066\u200f", "🚀 👩\u200d👩\u200d👧 ❤\ufe0f", "上海公司 हिन्दी ไทย", "ـ" * 300,
     "\x00\x07\x1b[31m\ud800", "e\u0301\u0301\u0301" * 50, "", " ", "\n\r\t\u2028", "ﷺ ﷽ ١٢٣", "\ufffe\uffff\U000f0000"],
)  # fmt: skip
def test_hostile_texts_make_a_document_all_the_same(hostile: str) -> None:
    lines = (Line(hostile, Decimal(1), Decimal(100), 0, 100),)
    buyer = replace(BUYER, name=hostile, address=(hostile,) * 5)
    for made in (invoice(lines=lines, buyer=buyer, notes=(hostile,)), arabic(lines=lines, buyer=buyer)):
        assert "1.00" in text_of(render_invoice(made))


@pytest.mark.parametrize(
    ("language", "amount", "currency", "written"),
    [
        ("en", 123_456, "EUR", "€1,234.56"), ("en", -5, "EGP", "-EGP 0.05"), ("en", 1_234, "JPY", "¥1,234"),
        ("en", Decimal("0.125"), "USD", "$0.00125"), ("en", 1_000, "BHD", "BHD 1.000"),
        ("ar", 123_456, "EGP", "1,234.56 ج.م.\u200f"), ("ar", 1_234_567, "KWD", "1,234.567 د.ك.\u200f"),
    ],
)  # fmt: skip
def test_amounts_are_written_out_in_full(
    language: str, amount: int | Decimal, currency: str, written: str
) -> None:
    with use_locale(language):
        assert money(amount, currency) == written


def test_direction_overrides_are_taken_out_and_missing_glyphs_marked() -> None:
    assert clean("abc\u202edcba\u202c") == "abcdcba"
    assert clean("上海 Ltd 🚀") == "\ufffd\ufffd Ltd 🚀"
    assert clean("Łódź, Ὀδυσσεύς, Жук, فاتورة") == "Łódź, Οδυσσεύς, Жук, فاتورة"


def test_endless_words_may_break_but_not_within_a_letter() -> None:
    assert clean("W" * 20) == "WWWWWW\u200bWWWWWW\u200bWWWWWW\u200bWW"
    assert clean("W" * 18) == "W" * 18
    family = "👩\u200d👩\u200d👧"
    assert clean(family * 10).replace("\u200b", "") == family * 10
    assert "\u200d\u200b" not in clean(family * 10)
    assert "\u200b" not in clean("المحاسبةوالمبيعاتوالمشتريات")


def test_a_link_leads_only_to_the_web() -> None:
    assert b"javascript" not in render_invoice(invoice(pay_url="javascript:alert(1)"))


def test_the_same_document_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever it is made: the library is told that a day has passed."""
    first = render_invoice(invoice())
    embedding = importlib.import_module("facturx.facturx")
    later = embedding.datetime.now() + timedelta(days=1, seconds=1)
    monkeypatch.setattr(
        embedding, "_get_pdf_timestamp", lambda date=None: later.strftime("D:%Y%m%d%H%M%S+00'00'")
    )
    monkeypatch.setattr(
        embedding, "_get_metadata_timestamp", lambda: later.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    )
    assert render_invoice(invoice()) == first
    assert read(first).metadata["/CreationDate"] == "D:20260301120000+00'00'"


def test_sums_that_do_not_agree_are_refused() -> None:
    good = invoice(("S", "19", "domestic"))
    for changes in ({"subtotal": 1}, {"tax": 1}, {"total": 1}, {"taxes": ()}, {"lines": ()}):
        with pytest.raises(Invalid, match="cannot be made"):
            render_invoice(replace(good, **changes))
    two = invoice(
        ("S", "19", ""), ("E", "0", ""), lines=tuple(replace(each, tax_category="S") for each in LINES)
    )
    with pytest.raises(Invalid, match="tax_category"):
        render_invoice(replace(two, lines=LINES))


def test_a_statement_leads_from_one_balance_to_the_other() -> None:
    lines = (
        StatementLine(date(2026, 1, 5), "Invoice", "INV-1", 45_000, 45_000),
        StatementLine(date(2026, 1, 7), "Card payment", "pay_1", -60_000, -15_000),
    )
    made = StatementDocument(
        "EUR", "en", date(2026, 1, 1), date(2026, 3, 31), SELLER, BUYER, 0, -15_000, lines
    )
    text = text_of(render_statement(made))
    for part in ("Statement of account", "Jan 5, 2026", "INV-1", "-€600.00", "In your favour", "€150.00",
                 "Opening balance", "Closing balance", "-€150.00"):  # fmt: skip
        assert part in text, part
    assert text_of(render_statement(replace(made, language="ar")))
    with pytest.raises(Invalid, match="lead to -15000"):
        render_statement(replace(made, closing=1))


def test_missing_fonts_say_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(fonts, "_DIRECTORY", tmp_path)
    with pytest.raises(fonts.Unavailable, match="make up"):
        fonts.directory()


def test_an_invoice_takes_milliseconds(record_property: Any) -> None:
    lines = tuple(Line(f"Line {number}", Decimal(1), Decimal(100), 0, 100) for number in range(200))
    render_invoice(invoice())
    took = []
    for each in (invoice(), invoice(lines=lines)):
        start = time.perf_counter()
        render_invoice(each)
        took.append((time.perf_counter() - start) * 1000)
    record_property("figures", f"invoice as PDF: {took[0]:.0f} ms with 3 lines, {took[1]:.0f} ms with 200")
    assert took[0] < 1_000
    assert took[1] < 10_000
