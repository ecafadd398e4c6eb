"""Templates become mails: `templates/mails/<kind>.html` and `.txt`, the subject a block of the latter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from serai.kit.i18n import LazyText, direction, format_date, format_money, format_number, use_locale
from serai.kit.money import Money
from serai.kit.templates import templates
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
    """Both know `money(minor units, currency)`, `day(date)` and `amount_of(number)`."""
    made = templates([_TEMPLATES], {"day": _day, "amount_of": _amount_of, "plain_money": _plain_money})
    made.globals["money"] = _money
    if html:
        return made
    plain = made.overlay(autoescape=False)
    plain.globals = {**made.globals, "money": _plain_money}
    return plain


def _money(amount: int, currency: str) -> Markup:
    return format_money(Money(amount, currency))


def _plain_money(amount: int, currency: str) -> str:
    return _money(amount, currency).striptags()


def _day(value: str | date | None) -> str:
    """A date, also as ISO 8601; babel would take none for today."""
    if value is None:
        raise ValueError("a mail names a date that it was not given")
    return format_date(datetime.fromisoformat(value) if isinstance(value, str) else value)


def _amount_of(value: float | Decimal | str) -> str:
    """A number; a text such as “12 GB” as it is."""
    return value if isinstance(value, str) else format_number(value)
