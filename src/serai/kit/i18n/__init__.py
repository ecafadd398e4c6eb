"""Texts, numbers, dates and money in the reader's language.

Messages are English in the source and translated in `serai/locale/<code>/LC_MESSAGES/serai.po`.
After adding some: `python -m serai.kit.i18n update`, then translate what it lists.
"""

from serai.kit.i18n.formats import (
    format_bytes,
    format_date,
    format_datetime,
    format_duration,
    format_money,
    format_number,
    format_percent,
    format_relative,
    use_timezone,
)
from serai.kit.i18n.locales import (
    LANGUAGES,
    PSEUDO,
    SOURCE,
    direction,
    get_locale,
    negotiate,
    pick,
    set_locale,
    use_locale,
)
from serai.kit.i18n.marking import N_
from serai.kit.i18n.messages import LazyText, _, gettext, lazy, lazy_str, ngettext, pgettext

__all__ = [
    "LANGUAGES",
    "N_",
    "PSEUDO",
    "SOURCE",
    "LazyText",
    "_",
    "direction",
    "format_bytes",
    "format_date",
    "format_datetime",
    "format_duration",
    "format_money",
    "format_number",
    "format_percent",
    "format_relative",
    "get_locale",
    "gettext",
    "lazy",
    "lazy_str",
    "negotiate",
    "ngettext",
    "pgettext",
    "pick",
    "set_locale",
    "use_locale",
    "use_timezone",
]
