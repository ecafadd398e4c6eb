"""Countries by their ISO 3166 codes."""

from functools import cache

from babel import Locale

from serai.kit.i18n import get_locale


def is_country(code: str) -> bool:
    return code in names("en")


@cache
def names(language: str) -> dict[str, str]:
    """Names by code, in the language's order."""
    territories = Locale.parse(language).territories
    found = {code: name for code, name in territories.items() if len(code) == 2 and code not in _NO_COUNTRIES}
    return dict(sorted(found.items(), key=lambda each: each[1]))


def choices() -> list[tuple[str, str]]:
    """For a form, in the reader's language."""
    return [("", "—"), *names(get_locale()).items()]


_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
