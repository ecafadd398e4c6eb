"""Which language a text is wanted in: a context variable, set per request or job."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from babel import Locale

SOURCE = "en"
PSEUDO = "en-XA"
LANGUAGES: Mapping[str, str] = {"en": "English", "ar": "العربية"}
"""Code → the language's own name, in the order menus show them."""

_current: ContextVar[str] = ContextVar("serai_locale", default=SOURCE)


def get_locale() -> str:
    return _current.get()


def set_locale(code: str) -> None:
    """For the rest of the present context (request, job); unknown codes become the source's."""
    _current.set(code if code in LANGUAGES or code == PSEUDO else SOURCE)


@contextmanager
def use_locale(code: str) -> Iterator[None]:
    token = _current.set(code)
    try:
        yield
    finally:
        _current.reset(token)


def direction(code: str | None = None) -> str:
    """`"rtl"` or `"ltr"`, for an element's `dir`."""
    direction: str = babel_locale(code).text_direction
    return direction


def babel_locale(code: str | None = None) -> Locale:
    """CLDR's data for a language; the pseudo-locale counts and dates as English does."""
    code = code or get_locale()
    return Locale.parse("en" if code == PSEUDO else code)


def negotiate(
    explicit: str | None = None,
    cookie: str | None = None,
    user: str | None = None,
    accept: str | None = None,
) -> str:
    """The first known of: `?lang=`, the cookie, the user's setting, Accept-Language."""
    for wanted in (explicit, cookie, user, *_accepted(accept or "")):
        code = _known(wanted)
        if code:
            return code
    return SOURCE


def pick(texts: Mapping[str, str], code: str | None = None) -> str:
    """The text of a blueprint's `{en: …, ar: …}` in the present language, else the source's,
    else whichever there is; an empty mapping gives an empty text."""
    return texts.get(code or get_locale()) or texts.get(SOURCE) or next(iter(texts.values()), "")


def _known(wanted: str | None) -> str | None:
    if not wanted:
        return None
    if wanted == PSEUDO:
        return PSEUDO
    base = wanted.replace("_", "-").split("-")[0].lower()
    return base if base in LANGUAGES else None


def _accepted(header: str) -> list[str]:
    ranked = []
    for part in header.split(",")[:20]:
        name, _, parameters = part.strip().partition(";")
        _, _, quality = parameters.strip().partition("q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        if name and weight > 0 and name != PSEUDO:
            ranked.append((weight, name))
    return [name for _, name in sorted(ranked, key=lambda each: -each[0])]
