"""gettext on the present locale. Catalogues are read from .po at first use: nothing to compile."""

import re
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from serai.kit.i18n.locales import PSEUDO, SOURCE, get_locale

LOCALES = Path(__file__).parents[2] / "locale"
DOMAIN = "serai"
_PLACES = re.compile(r"(%\([a-z_0-9]+\)[sd]|%%|<[^>]+>|\{[a-z_0-9]*\})")


def catalogue_path(code: str) -> Path:
    return LOCALES / code / "LC_MESSAGES" / f"{DOMAIN}.po"


def read_catalogue(code: str) -> Catalog:
    with catalogue_path(code).open("rb") as file:
        return read_po(file, locale=code, domain=DOMAIN)


class _Pseudo(NullTranslations):
    """Brackets every translated text, so that a text without them is seen to be hard-coded."""

    def gettext(self, message: str) -> str:
        return f"⟦{self._accent(message)}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    @staticmethod
    def _accent(message: str) -> str:
        letters = str.maketrans("aeiouAEIOU", "áéíóúÁÉÍÓÚ")
        parts = _PLACES.split(message)
        return "".join(each if i % 2 else each.translate(letters) for i, each in enumerate(parts))


@lru_cache(maxsize=8)
def translations(code: str) -> NullTranslations:
    if code == SOURCE:
        return NullTranslations()
    if code == PSEUDO:
        return _Pseudo()
    compiled = BytesIO()
    write_mo(compiled, read_catalogue(code))
    compiled.seek(0)
    return Translations(compiled, DOMAIN)


def gettext(message: str, /, **values: object) -> str:
    """The translation of `message`, with `%(name)s` places filled when values are given."""
    text: str = translations(get_locale()).gettext(message)
    return text % values if values else text


_ = gettext


def ngettext(singular: str, plural: str, n: int, /, **values: object) -> str:
    """As `gettext`; `%(n)s` (or `%(num)s`, as Jinja calls it) is the number."""
    text: str = translations(get_locale()).ngettext(singular, plural, n)
    return text % {"n": n, "num": n, **values}


def pgettext(context: str, message: str, /, **values: object) -> str:
    text = str(translations(get_locale()).pgettext(context, message))
    return text % values if values else text


class LazyText:
    """A message that is translated when it is shown, for labels made at import time."""

    __slots__ = ("_message", "_values")

    def __init__(self, message: str, values: dict[str, Any]) -> None:
        self._message = message
        self._values = values

    def __str__(self) -> str:
        return gettext(self._message, **self._values)

    def __repr__(self) -> str:
        return f"lazy({self._message!r})"

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other) if isinstance(other, LazyText | str) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._message)

    def __len__(self) -> int:
        return len(str(self))

    def __mod__(self, values: object) -> str:
        return str(self) % values

    def __format__(self, specification: str) -> str:
        return format(str(self), specification)


def lazy(message: str, /, **values: object) -> LazyText:
    """A label for import time, `lazy("Name")`, that `str()` gives in the reader's language."""
    return LazyText(message, values)


def lazy_str(message: str, /) -> str:
    """Do as `lazy` does, for libraries typed to take `str` only, such as WTForms: nothing but showing it
    may be done with the result."""
    return cast("str", LazyText(message, {}))
