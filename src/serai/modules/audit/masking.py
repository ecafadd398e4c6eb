"""No secret enters the trail, not even by mistake."""

import re
from typing import Any

from serai.kit.db import Json

MASK = "••••"
_SECRET = re.compile(r"password|secret|token|code_hash|private|credential|sealed|recovery", re.IGNORECASE)
_HARMLESS = re.compile(r"(_at|_id|_count|_available)$")


def masked(values: Json | None) -> Json | None:
    """A copy whose secret-looking entries say only that they were there."""
    if values is None:
        return None
    return {name: _one(name, value) for name, value in values.items()}


def _one(name: str, value: Any) -> Any:
    if value is not None and _SECRET.search(name) and not _HARMLESS.search(name):
        return value if isinstance(value, bool) else MASK
    if isinstance(value, dict):
        return masked(value)
    if isinstance(value, list):
        return [masked(each) if isinstance(each, dict) else each for each in value]
    return value
