"""What is wrong in a blueprint, and where."""

from pathlib import Path

import msgspec

Location = tuple[str | int, ...]


class Problem(msgspec.Struct, frozen=True, order=True):
    """`line` and `column` count from 1; `path` reads `packages[0].periods[1].prices.USD`."""

    file: Path
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


def path_text(location: Location) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
