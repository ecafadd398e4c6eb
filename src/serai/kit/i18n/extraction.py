"""Finds the messages in Python and templates, and holds the catalogues against them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from serai.kit.i18n.locales import LANGUAGES, SOURCE
from serai.kit.i18n.messages import DOMAIN, catalogue_path, read_catalogue

SOURCES = Path(__file__).parents[2]
_METHODS = [
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
]
_OPTIONS = {
    "**/templates/**": {
        "trimmed": "true",
        "silent": "false",
        "newstyle_gettext": "true",
        "extensions": "jinja2.ext.do,jinja2.ext.loopcontrols",
    },
}
_KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "N_": None,
    "_": None,
    "gettext": None,
    "lazy": None,
    "lazy_str": None,
    "ngettext": (1, 2),
}
_PLACES = re.compile(r"%\([a-z_0-9]+\)[sd]|\{[a-z_0-9]+\}")
_LINE = 98
# Babel's own rule swaps two of the six forms against CLDR.
PLURAL_FORMS = {
    "ar": "n==0?0:n==1?1:n==2?2:n%100>=3&&n%100<=10?3:n%100>=11?4:5",
}


def extract(sources: Path = SOURCES) -> Catalog:
    """All messages below `sources`, each with the files it stands in."""
    found = Catalog(domain=DOMAIN, project="Serai", charset="utf-8")
    keywords = {**_KEYWORDS, "pgettext": ((1, "c"), 2)}
    for name, _, message, comments, context in extract_from_dir(
        str(sources),
        method_map=_METHODS,
        options_map=_OPTIONS,
        keywords=keywords,
        comment_tags=("Translators:",),
        strip_comment_tags=True,
    ):
        found.add(message, None, [(name, 0)], auto_comments=comments, context=context)
    return found


def update() -> list[str]:
    """Write every language's catalogue anew: new messages empty, unused ones gone."""
    template = extract()
    for code in _translated():
        path = catalogue_path(code)
        path.parent.mkdir(parents=True, exist_ok=True)
        known = read_catalogue(code) if path.exists() else Catalog(locale=code, domain=DOMAIN)
        path.write_bytes(_written(_merged(template, known, code), code))
    return check()


def _merged(template: Catalog, known: Catalog, code: str) -> Catalog:
    merged = Catalog(
        locale=code,
        domain=DOMAIN,
        project="Serai",
        charset="utf-8",
        fuzzy=False,
        creation_date=datetime(2026, 1, 1, tzinfo=UTC),
        revision_date=datetime(2026, 1, 1, tzinfo=UTC),
    )
    for message in sorted(_messages(template), key=lambda each: _key(each).lower()):
        old = known.get(message.id, message.context)
        merged.add(
            message.id,
            old.string if old else None,
            sorted({(name, 0) for name, _ in message.locations}),
            auto_comments=message.auto_comments,
            context=message.context,
        )
    return merged


def _written(catalogue: Catalog, code: str) -> bytes:
    """Without line numbers and dates, so that only real changes show in a diff."""
    buffer = BytesIO()
    write_po(buffer, catalogue, width=_LINE, include_lineno=False)
    text = buffer.getvalue().decode()
    head, _, body = text.partition("\n\n")
    forms = PLURAL_FORMS.get(code)
    lines = [
        'msgid ""',
        'msgstr ""',
        f'"Language: {code}\\n"',
        '"Content-Type: text/plain; charset=utf-8\\n"',
        '"Content-Transfer-Encoding: 8bit\\n"',
    ]
    if forms:
        count = forms.count("?") + 1
        lines.append(f'"Plural-Forms: nplurals={count}; plural=({forms});\\n"')
    return ("\n".join(lines) + "\n\n" + body.rstrip("\n") + "\n").encode() if head else b""


def check() -> list[str]:
    """One line per message that is missing, unused, fuzzy, untranslated or has other places."""
    wanted = {_key(each): each for each in _messages(extract())}
    return [line for code in _translated() for line in _check_one(code, wanted)]


def _check_one(code: str, wanted: dict[str, Message]) -> Iterator[str]:
    known = {_key(each): each for each in _messages(read_catalogue(code))}
    for key in sorted(wanted.keys() - known.keys()):
        yield f"{code}: missing: {key}"
    for key in sorted(known.keys() - wanted.keys()):
        yield f"{code}: no longer used: {key}"
    for key in sorted(wanted.keys() & known.keys()):
        message = known[key]
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.fuzzy or not all(texts):
            yield f"{code}: not translated: {key}"
        elif not message.pluralizable and _places(str(message.id)) != _places(str(texts[0])):
            yield f"{code}: other places than the source: {key}"


def _messages(catalogue: Catalog) -> Iterator[Message]:
    return (each for each in catalogue if each.id)


def _key(message: Message) -> str:
    identity = message.id if isinstance(message.id, str) else message.id[0]
    return f"{message.context}|{identity}" if message.context else identity


def _places(text: str) -> list[str]:
    return sorted(_PLACES.findall(text))


def _translated() -> list[str]:
    return [code for code in LANGUAGES if code != SOURCE]
