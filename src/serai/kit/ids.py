"""Public identifiers: a prefix that says what it is, then a sortable UUIDv7 (RFC 9562) in base32."""

import secrets
import time
import uuid
from datetime import datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford: no i, l, o, u
_LENGTH = 26


def new_uuid() -> uuid.UUID:
    """A UUIDv7: 48 bits of milliseconds, then randomness."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def new(prefix: str) -> str:
    """A fresh public id, e.g. `lch_01k2…`."""
    return f"{prefix}_{_encode(new_uuid().int)}"


def first_at(prefix: str, moment: datetime) -> str:
    """Smaller than every id made from `moment` on, and larger than every earlier one."""
    milliseconds = int(moment.timestamp() * 1000)
    return f"{prefix}_{_encode(milliseconds << 80)}"


def is_id(prefix: str, text: str) -> bool:
    head, _, tail = text.partition("_")
    return head == prefix and len(tail) == _LENGTH and all(letter in _ALPHABET for letter in tail)


def _encode(value: int) -> str:
    letters = []
    for _ in range(_LENGTH):
        value, digit = divmod(value, 32)
        letters.append(_ALPHABET[digit])
    return "".join(reversed(letters))
