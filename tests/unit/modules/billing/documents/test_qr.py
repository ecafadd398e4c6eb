"""What cameras read."""

import base64
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from serai.modules.billing.documents import qr
from tests.unit.modules.billing.documents.samples import SELLER, arabic, invoice

RIYADH = replace(SELLER, name="سراي للبرمجيات", country="SA", tax_number="310122393500003")


def decoded(text: str) -> dict[int, str]:
    content, found = base64.b64decode(text), {}
    while content:
        tag, length = content[0], content[1]
        found[tag], content = content[2 : 2 + length].decode(), content[2 + length :]
    return found


def test_saudi_invoices_carry_what_the_authority_reads() -> None:
    at = datetime(2026, 3, 1, 2, 30, tzinfo=ZoneInfo("Asia/Riyadh"))
    document = arabic(seller=RIYADH, currency="SAR", issued_at=at)
    assert decoded(qr.text_of(document) or "") == {
        1: "سراي للبرمجيات", 2: "310122393500003", 3: "2026-02-28T23:30:00Z", 4: "463.07", 5: "56.87",
    }  # fmt: skip


def test_a_name_longer_than_its_length_can_say_is_cut_between_letters() -> None:
    long = arabic(seller=replace(RIYADH, name="س" * 200), currency="SAR")
    assert decoded(qr.text_of(long) or "")[1] == "س" * 127


def test_elsewhere_the_code_leads_to_paying_while_something_is_due() -> None:
    assert qr.text_of(invoice()) == "https://serai.test/pay/inv_1"
    assert qr.text_of(invoice(due=0, paid=40_620)) is None
    assert qr.text_of(invoice(kind="credit_note")) is None


def test_codes_are_drawn() -> None:
    assert qr.svg("https://serai.test").startswith("<svg")
