"""Secrets at rest: a key file made once, and Fernet (AES-CBC + HMAC) around what is stored."""

import os
import secrets
import string
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from serai.kit.errors import Unavailable

_READABLE = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def read_or_make(path: Path, make: str | None = None) -> str:
    """The secret in `path`; the first caller writes it (`make`, or 32 random bytes)."""
    try:
        if not path.exists():
            _make(path, make or secrets.token_urlsafe(32))
        return path.read_text().strip()
    except FileNotFoundError as error:
        raise Unavailable(
            f"There is no platform in {path.parent.parent} yet. Start it with `make up`, or point "
            "SERAI_HOME at one."
        ) from error
    except PermissionError as error:
        raise Unavailable(f"{path} belongs to another user. Run Serai as that one.") from error


def _make(path: Path, value: str) -> None:
    """Whole or not at all: who reads at the same moment never finds an empty file."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(value)
        with suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        fresh.unlink()


def password(length: int = 20) -> str:
    """A password people can retype: no letters that look alike, at least one digit."""
    while True:
        word = "".join(secrets.choice(_READABLE) for _ in range(length))
        if any(letter in string.digits for letter in word):
            return word


class Vault:
    """Encrypts and decrypts short texts with the platform's master key."""

    def __init__(self, key_file: Path) -> None:
        try:
            self._fernet = Fernet(read_or_make(key_file, Fernet.generate_key().decode()))
        except ValueError as error:
            raise Unavailable(
                f"{key_file} holds no key. Put the former one back; without it stored secrets are lost."
            ) from error

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
