"""Passwords that are guessed first: common words however they are dressed up, runs of the keyboard,
and whatever an attacker knows of the person."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "common_passwords.txt"
_DRESSED_UP = (
    str.maketrans("@4310$5!7+82", "aaeiossittbz"),
    str.maketrans("@4310$5!7+82", "aaelosslttbz"),
)
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz", "1234567890", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./",
    "qwertzuiop", "azertyuiop", "qsdfghjklm", "wxcvbn", "!@#$%^&*()", "qazwsxedcrfvtgbyhnujmikolp",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "1q2w3e4r5t6y7u8i9o0p", "!qaz@wsx#edc$rfv",
)  # fmt: skip
_SHORTEST_RUN = 3
_SHORTEST_HINT = 4  # letters of a name or address that count as a hint
_ENOUGH_OF_ITS_OWN = 6  # letters that remain once the hints are taken out


def is_common(password: str) -> bool:
    """Whether it is a common word, a few signs repeated, or a run along the keyboard."""
    text = fold(password)
    if len(set(text)) <= _SHORTEST_RUN or _is_all_runs(text):
        return True
    return any(form in common_words() for form in _forms(text))


def is_about(password: str, hints: Iterable[str]) -> bool:
    """Whether little remains once the person's own name, address and the like are taken out."""
    text = left = fold(password)
    for word in sorted(_words_of(hints), key=len, reverse=True):
        left = left.replace(word, "")
    return left != text and len(_letters(left)) < _ENOUGH_OF_ITS_OWN


def fold(text: str) -> str:
    """As it is compared: compatibility forms resolved, without case and spaces."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


@cache
def common_words() -> frozenset[str]:
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(fold(word) for line in lines if not line.startswith("#") for word in line.split())


def _forms(text: str) -> Iterator[str]:
    """The ways to read it as a word: "P@ssw0rd2024!" is "password", "catcatcat" is "cat"."""
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
    for each in {text, core, *(part.translate(table) for part in (text, core) for table in _DRESSED_UP)}:
        letters = _letters(each)
        for form in (each, letters):
            yield form
            yield _unit_of(form)


def _letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalpha())


def _unit_of(text: str) -> str:
    """What is repeated: "abcabc" is "abc" twice; the text itself when nothing is."""
    at = (text + text).find(text, 1)
    return text[:at] if text else text


def _is_all_runs(text: str) -> bool:
    """Whether it can be cut into runs of three or more neighbours on some keyboard or in the alphabet."""
    at = 0
    while at < len(text):
        length = max((_run_length(text[at:], row) for row in _all_rows()), default=0)
        if length < _SHORTEST_RUN:
            return False
        at += length
    return True


@cache
def _all_rows() -> tuple[str, ...]:
    return tuple(row * 2 for row in _ROWS) + tuple(row[::-1] * 2 for row in _ROWS)


def _run_length(text: str, row: str) -> int:
    length = 0
    while length < len(text) and text[: length + 1] in row:
        length += 1
    return length


def _words_of(hints: Iterable[str]) -> set[str]:
    found = set()
    for hint in hints:
        folded = unicodedata.normalize("NFKC", hint).casefold()
        found |= {word for word in re.split(r"[\W\d_]+", folded) if len(word) >= _SHORTEST_HINT}
        local, _at, _domain = folded.partition("@")
        if len(local) >= _SHORTEST_HINT:
            found.add(local)
    return found
