"""Short references that payers type by hand, with digits that give a slip of the finger away."""

import hashlib
import re

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"  # 31, a prime: nothing that reads like another; no U


def short(seed: str) -> str:
    """`SR-7K4M-2Q9X`: seven letters of the seed and a check letter."""
    letters = _letters(seed, 7)
    whole = letters + _check(letters)
    return f"SR-{whole[:4]}-{whole[4:]}"


def read_short(text: str) -> str | None:
    """As `short` writes it, however it was typed; None when the check letter does not fit."""
    letters = re.sub(r"[^0-9A-Z]", "", text.upper()).removeprefix("SR")
    known = len(letters) == 8 and all(each in _ALPHABET for each in letters)
    return f"SR-{letters[:4]}-{letters[4:]}" if known and _check(letters[:7]) == letters[7] else None


def creditor(seed: str) -> str:
    """ISO 11649, `RF18 SR7K 4M2Q 9X3`: banks check its two digits when it is typed."""
    body = "SR" + _letters(seed, 9)
    return _in_fours(f"RF{98 - _number(body + 'RF00') % 97:02}{body}")


def read_creditor(text: str) -> str | None:
    letters = re.sub(r"[^0-9A-Z]", "", text.upper())
    return _in_fours(letters) if letters.startswith("RF") and is_mod97(letters) else None


def is_mod97(text: str) -> bool:
    """Of a creditor reference and of an IBAN alike (ISO 7064)."""
    letters = text.replace(" ", "").upper()
    return (
        len(letters) > 4
        and letters.isalnum()
        and letters.isascii()
        and _number(letters[4:] + letters[:4]) % 97 == 1
    )


def _in_fours(letters: str) -> str:
    return " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def _letters(seed: str, count: int) -> str:
    value = int.from_bytes(hashlib.sha256(seed.encode()).digest())
    found = []
    for _ in range(count):
        value, digit = divmod(value, len(_ALPHABET))
        found.append(_ALPHABET[digit])
    return "".join(found)


def _check(letters: str) -> str:
    """Modulo a prime with a weight for each place: one wrong letter, or two exchanged, are always seen."""
    total = sum(weight * _ALPHABET.index(each) for weight, each in enumerate(letters, 2))
    return _ALPHABET[total % len(_ALPHABET)]


def _number(letters: str) -> int:
    return int("".join(str(int(each, 36)) for each in letters))
