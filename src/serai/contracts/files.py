"""Text files as they are handed to whoever writes them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextFile:
    """`target`: a path relative to the directory it is written into. `mode`: such as 0o600."""

    target: str
    content: str
    mode: int = 0o600
