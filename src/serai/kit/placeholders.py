"""Filling in `${name}`; `$${` stands for a literal `${`."""

import re
from collections.abc import Mapping

from serai.kit.errors import Invalid
from serai.kit.suggestions import nearest

PLACEHOLDER = re.compile(r"\$\$\{|\$\{([^}\n]*)(\}?)")


def render(template: str, values: Mapping[str, str]) -> str:
    """Raises Invalid for a name that `values` lacks."""

    def fill(match: re.Match[str]) -> str:
        if match[1] is None:
            return "${"
        if match[2] and match[1] in values:
            return values[match[1]]
        raise Invalid(unknown(match[0], values))

    return PLACEHOLDER.sub(fill, template)


def unknown(found: str, known: Mapping[str, str] | set[str]) -> str:
    """What is wrong with a placeholder as it was found in a text."""
    if not found.endswith("}"):
        return f"{found[:40]} is not closed; expected ${{name}}, or $${{ for a literal."
    hint = nearest(found[2:-1], known) or f" Expected one of {', '.join(sorted(known))}."
    return f"{found} is no placeholder.{hint}"
