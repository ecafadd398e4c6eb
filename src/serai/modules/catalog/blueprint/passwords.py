"""Hashes a password the way an application stores it; parameters are those of the named library's
present defaults, so that the application accepts it without hashing again."""

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping

from argon2 import PasswordHasher

from serai.modules.catalog.blueprint.model import PasswordScheme

_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def hash_password(scheme: PasswordScheme, password: str) -> str:
    """Takes 50-300 ms of CPU: call it in a thread."""
    return _SCHEMES[scheme](password.encode())


def _argon2(password: bytes) -> str:
    return PasswordHasher().hash(password)


def _django_argon2(password: bytes) -> str:
    hasher = PasswordHasher(time_cost=2, memory_cost=102_400, parallelism=8)
    return "argon2" + hasher.hash(password)


def _django_pbkdf2_sha256(password: bytes) -> str:
    rounds, salt = 1_000_000, _letters(22)
    digest = hashlib.pbkdf2_hmac("sha256", password, salt.encode(), rounds)
    return f"pbkdf2_sha256${rounds}${salt}${base64.b64encode(digest).decode()}"


def _passlib_pbkdf2(algorithm: str, rounds: int) -> Callable[[bytes], str]:
    def hashed(password: bytes) -> str:
        salt = secrets.token_bytes(16)
        digest = hashlib.pbkdf2_hmac(algorithm, password, salt, rounds)
        return f"$pbkdf2-{algorithm}${rounds}${_ab64(salt)}${_ab64(digest)}"

    return hashed


def _scrypt(password: bytes) -> str:
    salt = secrets.token_bytes(16)
    digest = hashlib.scrypt(password, salt=salt, n=2**16, r=8, p=1, maxmem=2**27, dklen=32)
    return f"$scrypt$ln=16,r=8,p=1${_b64(salt)}${_b64(digest)}"


def _werkzeug_scrypt(password: bytes) -> str:
    salt = _letters(16)
    digest = hashlib.scrypt(password, salt=salt.encode(), n=2**15, r=8, p=1, maxmem=132 * 2**18)
    return f"scrypt:32768:8:1${salt}${digest.hex()}"


def _letters(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def _ab64(data: bytes) -> str:
    """Passlib's base64: `.` in place of `+`, no padding."""
    return _b64(data).replace("+", ".")


_SCHEMES: Mapping[PasswordScheme, Callable[[bytes], str]] = {
    "argon2": _argon2,
    "django_argon2": _django_argon2,
    "django_pbkdf2_sha256": _django_pbkdf2_sha256,
    "pbkdf2_sha256": _passlib_pbkdf2("sha256", 600_000),
    "pbkdf2_sha512": _passlib_pbkdf2("sha512", 210_000),
    "scrypt": _scrypt,
    "werkzeug_scrypt": _werkzeug_scrypt,
}
