"""Files of a directory that somebody else filled."""

from collections.abc import Iterator
from pathlib import Path

_IGNORED = frozenset({"__pycache__", "node_modules", ".DS_Store"})


def files_in(path: Path) -> Iterator[Path]:
    """The file itself, or all files below a directory, in order, without what tools leave in it."""
    if path.is_file():
        yield path
        return
    for child in sorted(path.iterdir()):
        if child.name not in _IGNORED and not child.name.endswith(".pyc"):
            yield from files_in(child)
