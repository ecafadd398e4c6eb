"""Tax numbers: how a country writes them, and whether one can be right. Whether it was given to
somebody is the authorities' knowledge (VIES and its like), not ours.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from serai.kit.errors import Invalid
from serai.kit.i18n import _
from serai.modules.billing.tax import checksums as c

_NOISE = re.compile(r"[\s.\-/:\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_FREE = re.compile(r"[0-9A-Z]{3,20}")
_ARABIC_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")


@dataclass(frozen=True, slots=True)
class _Rule:
    """`prefix` begins the normal form, whether it was typed or not. `suffix` ends it likewise."""

    prefix: str
    pattern: str
    example: str
    check: c.Check | None = None
    suffix: str = ""
    other_suffixes: tuple[str, ...] = ()


_RULES: Mapping[str, _Rule] = {
    "AT": _Rule("AT", r"U\d{8}", "ATU13585627", c.austria),
    "BE": _Rule("BE", r"[01]\d{9}", "BE0428759497", c.belgium),
    "BG": _Rule("BG", r"\d{9,10}", "BG175074752"),
    "HR": _Rule("HR", r"\d{11}", "HR33392005961", c.mod_11_10),
    "CY": _Rule("CY", r"\d{8}[A-Z]", "CY10259033P"),
    "CZ": _Rule("CZ", r"\d{8,10}", "CZ46505334"),
    "DK": _Rule("DK", r"\d{8}", "DK13585628", c.sum_divisible(2, 7, 6, 5, 4, 3, 2, 1)),
    "EE": _Rule("EE", r"\d{9}", "EE100931558", c.sum_divisible(3, 7, 1, 3, 7, 1, 3, 7, 1, modulus=10)),
    "FI": _Rule("FI", r"\d{8}", "FI20774740", c.by_weights(7, 9, 10, 5, 8, 4, 2, ten=-1)),
    "FR": _Rule("FR", r"[0-9A-HJ-NP-Z]{2}\d{9}", "FR40303265045", c.france),
    "DE": _Rule("DE", r"\d{9}", "DE136695976", c.mod_11_10),
    "GR": _Rule("EL", r"\d{9}", "EL094259216", c.greece),
    "HU": _Rule("HU", r"\d{8}", "HU12892312", c.sum_divisible(9, 7, 3, 1, 9, 7, 3, 1, modulus=10)),
    "IE": _Rule("IE", r"\d{7}[A-W][A-IW]?|\d[A-Z+*]\d{5}[A-W]", "IE6433435F", c.ireland),
    "IT": _Rule("IT", r"\d{11}", "IT00743110157", c.luhn),
    "LV": _Rule("LV", r"\d{11}", "LV40003521600"),
    "LT": _Rule("LT", r"\d{9}|\d{12}", "LT119511515"),
    "LU": _Rule("LU", r"\d{8}", "LU15027442", c.luxembourg),
    "MT": _Rule("MT", r"\d{8}", "MT11679112", c.malta),
    "NL": _Rule("NL", r"\d{9}B\d{2}", "NL004495445B01", c.netherlands),
    "PL": _Rule("PL", r"\d{10}", "PL8567346215", c.sum_divisible(6, 5, 7, 2, 3, 4, 5, 6, 7, -1)),
    "PT": _Rule("PT", r"\d{9}", "PT501964843", c.by_weights(9, 8, 7, 6, 5, 4, 3, 2)),
    "RO": _Rule("RO", r"\d{2,10}", "RO18547290", c.romania),
    "SK": _Rule("SK", r"[1-9]\d[2346-9]\d{7}", "SK2022749619", lambda text: int(text) % 11 == 0),
    "SI": _Rule("SI", r"[1-9]\d{7}", "SI50223054", c.by_weights(8, 7, 6, 5, 4, 3, 2)),
    "ES": _Rule("ES", r"[A-Z]\d{7}[0-9A-Z]|\d{8}[A-Z]", "ESB58378431", c.spain),
    "SE": _Rule("SE", r"\d{10}01", "SE123456789701", c.sweden),
    "GB": _Rule("GB", r"\d{9}|\d{12}|GD[0-4]\d{2}|HA[5-9]\d{2}", "GB980780684", c.united_kingdom),
    "CH": _Rule("CHE", r"\d{9}", "CHE107787577", c.by_weights(5, 4, 3, 2, 7, 6, 5, 4, ten=-1),
                other_suffixes=("MWST", "TVA", "IVA", "VAT")),
    "NO": _Rule("NO", r"\d{9}", "NO995525828MVA", c.by_weights(3, 2, 7, 6, 5, 4, 3, 2, ten=-1),
                suffix="MVA"),
    "EG": _Rule("", r"\d{9}", "100324932"),
    "SA": _Rule("", r"3\d{13}3", "310122393500003"),
    "AE": _Rule("", r"\d{15}", "100123456700003"),
}  # fmt: skip


def has_rule(country: str) -> bool:
    """Whether numbers of this country can be checked at all."""
    return country in _RULES


def check_number(country: str, number: str) -> str:
    """The number in its normal form, with its country's prefix where it has one.

    `country`: ISO 3166. Raises Invalid with an example for one that cannot be right. Numbers of
    countries without a rule are only cleaned.
    """
    cleaned = _NOISE.sub("", number).upper().translate(_ARABIC_DIGITS)
    rule = _RULES.get(country)
    if rule is None:
        return _free(country, cleaned)
    bare = _bare(country, rule, cleaned)
    if not re.fullmatch(rule.pattern, bare, re.ASCII):
        raise _wrong(_("This is no tax number of %(country)s. It looks like %(example)s.",
                       country=country, example=rule.example))  # fmt: skip
    if rule.check is not None and not rule.check(bare):
        raise _wrong(_("This tax number has a typing error: its check digits do not fit. "
                       "Compare it with your certificate; one of %(country)s looks like %(example)s.",
                       country=country, example=rule.example))  # fmt: skip
    return f"{rule.prefix}{bare}{rule.suffix}"


def is_valid_number(country: str, number: str) -> bool:
    try:
        check_number(country, number)
    except Invalid:
        return False
    return True


def _bare(country: str, rule: _Rule, cleaned: str) -> str:
    for suffix in (rule.suffix, *rule.other_suffixes):
        cleaned = cleaned.removesuffix(suffix) if suffix else cleaned
    for prefix in (rule.prefix, country):
        # A Spanish or French number may begin with letters of its own: only a whole one loses them.
        if prefix and cleaned.startswith(prefix) and not re.fullmatch(rule.pattern, cleaned, re.ASCII):
            return cleaned.removeprefix(prefix)
    if country == "BE" and len(cleaned) == 9:  # as written before 2005
        return f"0{cleaned}"
    return f"U{cleaned}" if country == "AT" and cleaned.isdigit() else cleaned


def _free(country: str, cleaned: str) -> str:
    if not _FREE.fullmatch(cleaned):
        raise _wrong(_("A tax number has 3 to 20 digits and letters, such as %(example)s.",
                       example="1234567890"))  # fmt: skip
    return cleaned


def _wrong(message: str) -> Invalid:
    return Invalid(message, code="billing.tax_number", fields={"tax_number": message})
