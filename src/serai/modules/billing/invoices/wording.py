"""The words of invoice lines: kept as what they say, worded in the language of whoever reads."""

from collections.abc import Mapping
from typing import Any

from serai.kit.i18n import _, pick


def wording(text: Mapping[str, Any]) -> str:
    """In the language in force (see `kit.i18n.using`)."""
    name = pick(text["name"]) if "name" in text else ""
    match text.get("key"):
        case "period":
            return name
        case "part":
            return _("%(name)s, for the rest of the period", name=name)
        case "unused":
            return _("%(name)s, unused time", name=name)
        case "usage":
            return _("%(name)s: %(quantity)s used", name=name, quantity=text["quantity"])
        case "usage_late":
            return _("%(name)s: %(quantity)s used, reported late", name=name, quantity=text["quantity"])
        case "credit":
            return _("Credit: %(reason)s", reason=text.get("reason", ""))
    return str(text.get("text", name))
