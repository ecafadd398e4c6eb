"""What mails about money say, and what they leave out."""

from collections.abc import Mapping
from typing import Any

import pytest

from serai.modules import notifications
from serai.modules.notifications.rendering import Rendered, render

BILLING = sorted(name for name, kind in notifications.KINDS.items() if kind.group == "billing")
OPTIONAL = {
    "invoice_issued": ["due_on"], "payment_received": ["number"], "payment_failed": ["reason", "next_try"],
    "payment_action_required": ["until"], "payment_reminder": ["days_left"], "subscription_suspended": ["days_left"],
    "subscription_cancelled": ["data_until"], "money_returned": ["number"], "top_up_failed": ["reason"],
}  # fmt: skip


def made(kind: str, language: str = "en", **changes: Any) -> Rendered:
    sample: Mapping[str, Any] = notifications.KINDS[kind].sample
    return render(kind, language, {**sample, **changes})


def test_there_is_a_mail_for_whatever_happens_to_money() -> None:
    assert sorted([
        "invoice_issued", "credit_note_issued", "payment_received", "payment_failed", "payment_action_required",
        "trial_ending", "payment_reminder", "subscription_suspended", "subscription_resumed",
        "subscription_cancelled", "termination_warning", "usage_alert", "money_returned", "card_expiring",
        "top_up_failed",
    ]) == BILLING  # fmt: skip


@pytest.mark.parametrize("kind", BILLING)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_what_is_not_known_is_left_out(kind: str, language: str) -> None:
    bare = made(kind, language, **dict.fromkeys(OPTIONAL.get(kind, [])))
    for text in (bare.subject, bare.text, bare.html):
        assert "None" not in text
        assert "%(" not in text


@pytest.mark.parametrize("kind", BILLING)
def test_subject_and_text_hold_no_markup_and_the_page_no_raw_names(kind: str) -> None:
    sample = notifications.KINDS[kind].sample
    evil = {
        name: "<i>x</i>"
        for name in ("name", "number", "of_number", "method", "reason", "meter", "expires")
        if name in sample
    }
    mail = made(kind, **evil)
    assert "<bdi" not in mail.subject + mail.text
    assert "<i>" not in mail.html
    assert "&lt;bdi" not in mail.html


def test_money_is_written_as_its_currency_and_reader_want_it() -> None:
    assert made("payment_received", amount=1_234_567, currency="EUR").subject.endswith("€12,345.67")
    assert made("payment_received", amount=1_234, currency="JPY").subject.endswith("¥1,234")
    assert "12.345 د.ك." in made("payment_received", "ar", amount=12_345, currency="KWD").text.replace(
        "\xa0", " "
    )
    assert '<bdi dir="ltr">' in made("payment_received", "ar").html


def test_an_invoice_asks_for_money_only_when_there_is_some_to_pay() -> None:
    due, automatic, paid = (
        made("invoice_issued").text,
        made("invoice_issued", automatic=True).text,
        made("invoice_issued", due_on=None).text,
    )
    assert "Please pay it by Mar 15, 2026." in due
    assert "Pay now" in due
    assert "we will collect the amount on Mar 15, 2026" in automatic
    assert "nothing is left to pay" in paid
    assert "Pay now" not in automatic + paid


def test_a_failed_payment_says_why_and_when_it_is_tried_again() -> None:
    text = made("payment_failed").text
    assert "The card has insufficient funds." in text
    assert "We will try again on Mar 18, 2026." in text
    assert "We will not try again" in made("payment_failed", next_try=None).text


def test_days_are_counted_as_the_language_counts() -> None:
    assert "within 1 day," in made("payment_reminder", days_left=1).text
    assert "within 3 days," in made("payment_reminder", days_left=3).text
