"""What the build produced: addresses that change with the content, and the icons there are."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from serai.portals.ui.assets.builder import DIST, SOURCES

STATIC_URL = "/static/dist"


def manifest(dist: Path = DIST) -> dict[str, str]:
    """File name → content hash. Read anew only when the build has changed."""
    path = dist / "manifest.json"
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> dict[str, str]:
    content: dict[str, Any] = json.loads(path.read_text())
    return {name: str(value) for name, value in content.items()}


def asset_url(name: str) -> str:
    """`asset_url("app.js")` → `/static/dist/app.js?v=1f3a…`; KeyError for a file not built."""
    return f"{STATIC_URL}/{name}?v={manifest()[name]}"


@lru_cache(maxsize=1)
def icon_names() -> frozenset[str]:
    lines = (SOURCES / "icons.txt").read_text().split("\n")
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))
