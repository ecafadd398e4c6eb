"""Texts, numbers and money in the reader's language."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from serai.kit import i18n
from serai.kit.i18n import LazyText, lazy, negotiate, ngettext, use_locale
from serai.kit.i18n.extraction import PLURAL_FORMS, check, extract
from serai.kit.i18n.messages import catalogue_path, translations
from serai.kit.money import Money

NOON = datetime(2026, 3, 5, 12, 30, tzinfo=UTC)


def test_every_message_is_translated() -> None:
    assert check() == [], "run: python -m serai.kit.i18n update, then translate what it lists"


def test_the_extraction_finds_python_and_templates(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "page.py").write_text('label = lazy("From Python")\n')
    (tmp_path / "templates" / "a.html").write_text(
        '{% do x %}{{ _("From a template") }}{% trans %}\n  In a\n  block\n{% endtrans %}'
    )
    found = {str(message.id) for message in extract(tmp_path) if message.id}
    assert found == {"From Python", "From a template", "In a block"}


def cldr_arabic(n: int) -> int:
    """zero, one, two, few, many, other: CLDR 48, plurals/ar."""
    if n < 3:
        return n
    return 3 if 3 <= n % 100 <= 10 else 4 if 11 <= n % 100 <= 99 else 5


def test_arabic_plurals_follow_cldr() -> None:
    with catalogue_path("ar").open("rb") as file:
        header = read_po(file).plural_expr
    assert re.sub(r"[\s()]", "", str(header)) == PLURAL_FORMS["ar"]
    plural = translations("ar").plural
    assert [plural(n) for n in range(1000)] == [cldr_arabic(n) for n in range(1000)]


def test_plural_texts_are_chosen_by_number() -> None:
    forms = ("%(num)s entry on this page", "%(num)s entries on this page")
    assert ngettext(*forms, 1) == "1 entry on this page"
    assert ngettext(*forms, 7) == "7 entries on this page"
    with use_locale("ar"):
        assert ngettext(*forms, 2) == "عنصران في هذه الصفحة"
        assert ngettext(*forms, 5) == "5 عناصر في هذه الصفحة"
        assert ngettext(*forms, 100) == "100 عنصر في هذه الصفحة"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"explicit": "ar", "cookie": "en"}, "ar"),
        ({"explicit": "xx", "cookie": "ar"}, "ar"),
        ({"cookie": "ar", "user": "en"}, "ar"),
        ({"user": "ar", "accept": "en"}, "ar"),
        ({"accept": "fr-FR, ar-EG;q=0.8, en;q=0.5"}, "ar"),
        ({"accept": "en;q=0.2, ar"}, "ar"),
        ({"accept": "ar;q=0, en"}, "en"),
        ({"accept": ";;;q=x,,"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_is_negotiated(wanted: dict[str, str], expected: str) -> None:
    assert negotiate(**wanted) == expected


def test_a_lazy_text_is_translated_when_it_is_shown() -> None:
    label: LazyText = lazy("Name")
    assert str(label) == "Name"
    with use_locale("ar"):
        assert f"{label}" == "الاسم"


def test_directions() -> None:
    assert [i18n.direction(code) for code in ("en", "ar", i18n.PSEUDO)] == ["ltr", "rtl", "ltr"]


def test_the_pseudo_locale_marks_texts_and_keeps_their_places() -> None:
    with use_locale(i18n.PSEUDO):
        assert i18n.gettext("Copy %(what)s", what="data") == "⟦Cópy data⟧"


def test_money_keeps_its_order_in_both_directions() -> None:
    price = Money(123456, "EGP")
    assert i18n.format_money(price) == '<bdi dir="ltr">EGP1,234.56</bdi>'
    assert i18n.format_money(Money(2900, "USD"), trim=True) == '<bdi dir="ltr">$29</bdi>'
    assert i18n.format_money(Money(2900, "JPY")) == '<bdi dir="ltr">¥2,900</bdi>'
    with use_locale("ar"):
        text = i18n.format_money(price)
    assert text == '<bdi dir="ltr">1,234.56 ج.م.</bdi>'
    assert "\u200f" not in text


def test_numbers_dates_and_durations() -> None:
    assert i18n.format_number(1234567.5, 1) == "1,234,567.5"
    assert i18n.format_date(NOON) == "Mar 5, 2026"
    assert i18n.format_datetime(NOON, seconds=True) == "Mar 5, 2026 12:30:00"
    assert i18n.format_duration(340) == "340 ms"
    assert i18n.format_duration(timedelta(seconds=1.44)) == "1.4 sec"
    assert i18n.format_bytes(113_400_000) == "113 MB"
    with use_locale("ar"):
        assert i18n.format_date(NOON) == "5 مارس 2026"
    with i18n.use_timezone("Africa/Cairo"):
        assert i18n.format_datetime(NOON) == "Mar 5, 2026 14:30"


def test_texts_of_blueprints_fall_back_to_the_source_language() -> None:
    texts = {"en": "Shop", "ar": "متجر"}
    with use_locale("ar"):
        assert i18n.pick(texts) == "متجر"
        assert i18n.pick({"en": "Shop"}) == "Shop"
        assert i18n.pick({}) == ""
