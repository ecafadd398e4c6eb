"""The only names this driver touches: those of launches and templates, never the platform's own."""

import re

from serai.kit.errors import Invalid

_TENANT = re.compile(r"(lch|tpl)_[a-z0-9]+")
_LONGEST = 63  # PostgreSQL cuts longer identifiers silently
_HELPER = re.compile(r"run_((?:lch|tpl)_[a-z0-9]+)_[a-z0-9]+")


def check(name: str) -> str:
    """Raises Invalid for every name Serai did not make for a tenant."""
    if not is_tenant(name):
        message = f"{name!r} is not a tenant database: expected lch_… or tpl_…"
        raise Invalid(message)
    return name


def is_tenant(name: str) -> bool:
    return len(name) <= _LONGEST and _TENANT.fullmatch(name) is not None


def helper(name: str, token: str) -> str:
    """The short-lived role that runs a script as `name`."""
    return f"run_{check(name)}_{token}"


def helped(role: str) -> str | None:
    """Whose helper `role` is; None when it is none."""
    match = _HELPER.fullmatch(role)
    return match[1] if match else None
