"""Jinja as all of ours is set up: pages, mails."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from serai.kit import i18n


def templates(
    directories: Sequence[Path | str], globals_: Mapping[str, Any] | None = None
) -> jinja2.Environment:
    """Autoescaping, strict about undefined names, translated by the present locale."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([str(each) for each in directories]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["ext.i18n.trimmed"] = True
    install = environment.install_gettext_callables  # type: ignore[attr-defined]
    install(
        _message, _plural, newstyle=True,
        pgettext=lambda context, text: i18n.messages.translations(i18n.get_locale()).pgettext(
            context, text
        ),
    )  # fmt: skip
    environment.globals.update(_formats())
    environment.globals.update(locale_code=i18n.get_locale, text_direction=i18n.direction)
    environment.globals.update(globals_ or {})
    return environment


def _message(text: str) -> str:
    found: str = i18n.messages.translations(i18n.get_locale()).gettext(text)
    return found


def _plural(singular: str, plural: str, n: int) -> str:
    found: str = i18n.messages.translations(i18n.get_locale()).ngettext(singular, plural, n)
    return found


def _formats() -> dict[str, Any]:
    names = [name for name in i18n.__all__ if name.startswith("format_")]
    return {name: getattr(i18n, name) for name in names} | {"pick": i18n.pick}
