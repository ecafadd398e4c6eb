"""The fonts that documents are set in. The build of the browser's assets unpacks them."""

import struct
from functools import cache
from pathlib import Path

from serai.kit.errors import Unavailable

_DIRECTORY = Path(__file__).parents[1] / "portals" / "ui" / "static" / "dist" / "document-fonts"
_UNICODE_SUBTABLES = {(0, 3), (0, 4), (3, 1), (3, 10)}


def directory() -> Path:
    """Where the TrueType files are. Raises Unavailable when nothing was built yet."""
    if not any(_DIRECTORY.glob("*.ttf")):
        raise Unavailable(
            f"The fonts of documents are missing in {_DIRECTORY}. Start Serai once with `make up`, or "
            "run `python -m serai.portals.ui.assets.builder`, which builds them."
        )
    return _DIRECTORY


@cache
def coverage() -> frozenset[int]:
    """The code points that at least one of them can show."""
    return frozenset().union(*(_characters(path.read_bytes()) for path in directory().glob("*.ttf")))


def _characters(font: bytes) -> set[int]:
    """What the font's `cmap` maps to a glyph (OpenType, formats 4 and 12)."""
    start = _table(font, b"cmap")
    found: set[int] = set()
    (count,) = struct.unpack_from(">H", font, start + 2)
    for i in range(count):
        platform, encoding, offset = struct.unpack_from(">HHL", font, start + 4 + 8 * i)
        if (platform, encoding) not in _UNICODE_SUBTABLES:
            continue
        (kind,) = struct.unpack_from(">H", font, start + offset)
        if kind == 4:
            found |= _segments(font, start + offset)
        elif kind == 12:
            found |= _groups(font, start + offset)
    return found


def _table(font: bytes, wanted: bytes) -> int:
    (count,) = struct.unpack_from(">H", font, 4)
    for i in range(count):
        tag, _, offset, _ = struct.unpack_from(">4sLLL", font, 12 + 16 * i)
        if tag == wanted:
            return int(offset)
    raise Unavailable(f"A font of documents has no table {wanted.decode()}: build the assets anew.")


def _segments(font: bytes, at: int) -> set[int]:
    count = struct.unpack_from(">H", font, at + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", font, at + 14)
    starts = struct.unpack_from(f">{count}H", font, at + 16 + 2 * count)
    return {
        code
        for first, last in zip(starts, ends, strict=True)
        for code in range(first, last + 1)
        if code != 0xFFFF
    }


def _groups(font: bytes, at: int) -> set[int]:
    (count,) = struct.unpack_from(">L", font, at + 12)
    found: set[int] = set()
    for i in range(count):
        first, last, _ = struct.unpack_from(">LLL", font, at + 16 + 12 * i)
        found.update(range(first, last + 1))
    return found
