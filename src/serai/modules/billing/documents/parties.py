"""Seller and buyer as blocks of lines."""

from typing import Any

from serai.kit.i18n import _
from serai.kit.i18n.locales import babel_locale
from serai.modules.billing.documents.model import Party
from serai.modules.billing.documents.texts import clean, cleaned


def block(party: Party) -> dict[str, Any]:
    place = " ".join(filter(None, (party.postcode, party.city)))
    lines = [*party.address, place, country_name(party.country), party.email or ""]
    numbers = []
    if party.tax_number:
        numbers.append([_("Tax number"), clean(party.tax_number)])
    if party.registration:
        numbers.append([_("Registration"), clean(party.registration)])
    return {"name": clean(party.name), "lines": cleaned(lines), "numbers": numbers}


def country_name(code: str) -> str:
    return str(babel_locale().territories.get(code, code)) if code else ""
