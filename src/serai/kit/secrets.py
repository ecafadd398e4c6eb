"""Secrets at rest: a key file made once, and Fernet (AES-CBC + HMAC) around what is stored."""

import os
import secrets
import string
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from serai.kit.errors import Unavailable

_READABLE = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def read_or_make(path: Path, make: str | None = None) -> str:
    """The secret in `path`; the first caller writes it (`make`, or 32 random bytes)."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    value = make or secrets.token_urlsafe(32)
    with os.fdopen(descriptor, "w") as file:
        file.write(value)
    return value


def password(length: int = 20) -> str:
    """A password people can retype: no letters that look alike, at least one digit."""
    while True:
        word = "".join(secrets.choice(_READABLE) for _ in range(length))
        if any(letter in string.digits for letter in word):
            return word


class Vault:
    """Encrypts and decrypts short texts with the platform's master key."""

    def __init__(self, key_file: Path) -> None:
        self._fernet = Fernet(read_or_make(key_file, Fernet.generate_key().decode()))

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise Unavailable(
                "A stored secret cannot be read: it was written with another master key. "
                "Put the former secrets/master.key back into SERAI_HOME."
            ) from error
