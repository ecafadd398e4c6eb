"""Templates become mails: `templates/mails/<kind>.html` and `.txt`, the subject a block of the latter."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from serai.kit.i18n import LazyText, direction, use_locale
from serai.kit.web.templates import templates
from serai.modules.notifications.kinds import GROUPS, KINDS
from serai.modules.notifications.links import PLATFORM, UNSUBSCRIBE, link

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    text: str
    html: str


def render(kind: str, language: str, context: Mapping[str, Any]) -> Rendered:
    """In `language`, with placeholders for addresses of ours."""
    known = KINDS[kind]
    with use_locale(language):
        values = {
            **context, "locale": language, "dir": direction(language), "link_to": link,
            "platform_url": PLATFORM,
            "unsubscribe_url": UNSUBSCRIBE if GROUPS[known.group].optional else "",
        }  # fmt: skip
        plain = _environment(html=False).get_template(f"mails/{kind}.txt")
        rich = _environment(html=True).get_template(f"mails/{kind}.html")
        subject = "".join(plain.blocks["subject"](plain.new_context(values)))
        return Rendered(_one_line(subject), plain.render(values).strip() + "\n", rich.render(values))


def sample(kind: str, language: str) -> Rendered:
    """The preview."""
    with use_locale(language):
        context = {name: _shown(value) for name, value in KINDS[kind].sample.items()}
    return render(kind, language, context)


def _shown(value: Any) -> Any:
    if isinstance(value, LazyText):
        return str(value)
    if isinstance(value, list):
        return [_shown(each) for each in value]
    if isinstance(value, dict):
        return {name: _shown(each) for name, each in value.items()}
    return value


def _one_line(subject: str) -> str:
    return " ".join(subject.split())


@cache
def _environment(*, html: bool) -> jinja2.Environment:
    made = templates([_TEMPLATES])
    return made if html else made.overlay(autoescape=False)
