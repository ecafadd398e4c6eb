"""How amounts, quantities and texts of others look on paper, in the present locale."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from babel import numbers

from serai.kit import fonts
from serai.kit.i18n import format_date, format_number, get_locale
from serai.kit.i18n.locales import babel_locale

_UNKNOWN = "\ufffd"
_BREAK = "\u200b"
_RIGHT_TO_LEFT_MARK = "\u200f"
_LONGEST_WORD = 18
_LONG = re.compile(rf"\S{{{_LONGEST_WORD + 1},}}")
_JOINERS = {"\u200c", "\u200d", "\ufe0e", "\ufe0f"}


def money(amount: int | Decimal, currency: str) -> str:
    """Minor units as `format_money` writes them, without markup; decimals of a minor unit are kept."""
    places = numbers.get_currency_precision(currency)
    value = Decimal(amount).scaleb(-places)
    written = -int(value.normalize().as_tuple().exponent)
    number = "#,##0" + ("." + "0" * max(places, written) if max(places, written) else "")
    for sign in ("¤", "¤¤"):  # its sign or, where our fonts lack that, its code
        text = numbers.format_currency(
            value, currency, format=_pattern(sign, currency, number), locale=babel_locale(),
            currency_digits=False,
        )  # fmt: skip
        # CLDR's right-to-left mark keeps the last dot of “ج.م.” at its side.
        text = text.replace("\xa0", " ").removeprefix(_RIGHT_TO_LEFT_MARK)
        if shows(text):
            break
    return text


def _pattern(sign: str, currency: str, number: str) -> str:
    if get_locale() == "ar":
        return f"{number} {sign}"
    is_word = sign == "¤¤" or numbers.get_currency_symbol(currency, locale=babel_locale())[-1].isalpha()
    return f"{sign} {number}" if is_word else f"{sign}{number}"


def quantity(value: Decimal) -> str:
    shown = value.normalize()
    return format_number(shown, max(0, -int(shown.as_tuple().exponent)))


def percent(rate: Decimal) -> str:
    return f"{quantity(rate)}%"


def period(span: tuple[date, date]) -> str:
    return f"{format_date(span[0])} – {format_date(span[1])}"


def clean(text: str) -> str:
    """Anybody's text, made harmless: one line, shown in the order it is written, breaking anywhere it
    must, and with a mark for each character that no font of ours has."""
    words = " ".join(unicodedata.normalize("NFC", text).split())
    text = "".join(_shown(each) for each in words)
    return _LONG.sub(_broken, text)


def cleaned(texts: Iterable[str]) -> list[str]:
    return [shown for each in texts if (shown := clean(each))]


def shows(text: str) -> bool:
    return all(_has_glyph(each) or each == _RIGHT_TO_LEFT_MARK for each in text)


def _shown(character: str) -> str:
    if character in _JOINERS:
        return character
    # Control characters, and those that turn text around so that it does not show what it says.
    if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Cn", "Co"}:
        return ""
    return character if _has_glyph(character) else _plainer(character)


def _plainer(character: str) -> str:
    """Its letters without what no font of ours has: Ὀ becomes Ο."""
    parts = (each for each in unicodedata.normalize("NFKD", character) if not unicodedata.combining(each))
    return "".join(each for each in parts if _has_glyph(each)) or _UNKNOWN


@lru_cache(maxsize=4096)
def _has_glyph(character: str) -> bool:
    return ord(character) in fonts.coverage()


def _broken(found: re.Match[str]) -> str:
    """A word that is too long for a column may break; a joined script only between its words."""
    word = found[0]
    if any(unicodedata.bidirectional(each) == "AL" for each in word):
        return word if len(word) < 3 * _LONGEST_WORD else _cut(word, _LONGEST_WORD)
    return _cut(word, 6)


def _cut(word: str, size: int) -> str:
    pieces = [word[i : i + size] for i in range(0, len(word), size)]
    made = pieces[0]
    for before, piece in pairwise(pieces):
        glued = piece[0] in _JOINERS or before[-1] in _JOINERS or unicodedata.combining(piece[0])
        made += piece if glued else _BREAK + piece
    return made
