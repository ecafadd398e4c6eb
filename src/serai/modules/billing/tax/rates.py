"""Standard rates of VAT and of what is like it.

Written down by hand from what the European Commission ("Taxes in Europe") and the other countries'
tax authorities have published, as known at the end of 2025: what was in force on 2024-01-01 and each
change since. It is a starting point that operators correct with rates of their own, not tax advice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from serai.kit.errors import Invalid
from serai.kit.i18n import _

EU = frozenset({
    "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU",
    "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE",
})  # fmt: skip
"""ISO 3166 codes: Greece is GR here, though its tax numbers begin with EL."""

# Country, basis points, in force since. A country that levies none has 0.
_TABLE = """
    AT 2000 2024-01-01    BE 2100 2024-01-01    BG 2000 2024-01-01    HR 2500 2024-01-01
    CY 1900 2024-01-01    CZ 2100 2024-01-01    DK 2500 2024-01-01    EE 2200 2024-01-01
    EE 2400 2025-07-01    FI 2400 2024-01-01    FI 2550 2024-09-01    FR 2000 2024-01-01
    DE 1900 2024-01-01    GR 2400 2024-01-01    HU 2700 2024-01-01    IE 2300 2024-01-01
    IT 2200 2024-01-01    LV 2100 2024-01-01    LT 2100 2024-01-01    LU 1700 2024-01-01
    MT 1800 2024-01-01    NL 2100 2024-01-01    PL 2300 2024-01-01    PT 2300 2024-01-01
    RO 1900 2024-01-01    RO 2100 2025-08-01    SK 2000 2024-01-01    SK 2300 2025-01-01
    SI 2200 2024-01-01    ES 2100 2024-01-01    SE 2500 2024-01-01
    GB 2000 2024-01-01    NO 2500 2024-01-01    CH  810 2024-01-01    TR 2000 2024-01-01
    EG 1400 2024-01-01    SA 1500 2024-01-01    AE  500 2024-01-01    BH 1000 2024-01-01
    OM  500 2024-01-01    KW    0 2024-01-01    QA    0 2024-01-01    MA 2000 2024-01-01
    TN 1900 2024-01-01    JO 1600 2024-01-01
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """`country`: ISO 3166 alpha-2. In force from `since` until a later one of the country."""

    country: str
    basis_points: int
    since: date


def _read(table: str) -> tuple[Rate, ...]:
    words = iter(table.split())
    return tuple(
        Rate(country, int(points), date.fromisoformat(since))
        for country, points, since in zip(words, words, words, strict=True)
    )


RATES = _read(_TABLE)
_EARLIEST = {each.country: min(r.since for r in RATES if r.country == each.country) for each in RATES}


def rate_of(country: str, on: date, overrides: Sequence[Rate] = ()) -> int:
    """Basis points in force in `country` on that day; an operator's own rates hold before the table's.

    Before the table begins, its first rate counts. Raises Invalid for a country without any.
    """
    for table in (overrides, RATES):
        of_country = [each for each in table if each.country == country]
        in_force = [each for each in of_country if each.since <= on]
        if in_force:
            return max(in_force, key=lambda each: each.since).basis_points
    if country in _EARLIEST:
        return next(r.basis_points for r in RATES if r.country == country and r.since == _EARLIEST[country])
    raise Invalid(
        _("No tax rate of %(country)s is known on %(day)s. Add the country's standard rate to the tax settings "
          "(0 if it levies none).", country=country or _("an unknown country"), day=on.isoformat())
    )
