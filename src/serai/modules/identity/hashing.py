"""Tokens: random enough to be stored as a plain SHA-256."""

import hashlib
import secrets


def new_token(prefix: str = "") -> str:
    return f"{prefix}{secrets.token_urlsafe(32)}"


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
