"""The digest that names a release: the same inputs always make the same version."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from serai.kit.files import files_in


def release_digest(directory: Path, data: dict[str, Any]) -> str:
    """SHA-256 (hex) over the release and database sections and every file they name."""
    digest = hashlib.sha256()
    sections = {key: data[key] for key in ("release", "database")}
    digest.update(json.dumps(sections, sort_keys=True, ensure_ascii=False).encode())
    for path in sorted(set(_inputs(directory, data))):
        content = path.read_bytes()
        executable = bool(path.stat().st_mode & 0o100)
        name = path.relative_to(directory).as_posix()
        digest.update(f"\0{name}\0{len(content)}\0{executable:d}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _inputs(directory: Path, data: dict[str, Any]) -> Iterator[Path]:
    release = data["release"]
    if name := release.get("requirements"):
        yield directory / name
    if npm := release.get("npm"):
        yield directory / npm / "package.json"
        yield directory / npm / "package-lock.json"
    for entry in (*release.get("files", ()), *data["database"].get("files", ())):
        yield from files_in(directory / entry["source"])
