"""Sign up and in by a one-time code. Accounts are made at the first sign-in."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from serai.kit import clock, ids
from serai.kit.db import Session
from serai.kit.errors import Denied
from serai.kit.i18n import _
from serai.modules.identity import session_queries
from serai.modules.identity.accounts import ensure_user
from serai.modules.identity.emails import clean_email
from serai.modules.identity.models import SignInCode
from serai.modules.identity.sessions import SignedIn, open_session

CODE_MINUTES = 15
_CODE_ATTEMPTS = 5
_CODES_AN_HOUR = 6


class TooManyCodes(Denied):
    code = "identity.too_many_codes"


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """The code in clear, and for how many minutes it works."""

    email: str
    code: str
    minutes: int


async def request_code(session: Session, email: str) -> IssuedCode:
    """Make a one-time code, for the caller to mail. Tells nobody whether the address is known.

    Raises Invalid for a malformed address, TooManyCodes after six in an hour.
    """
    email = clean_email(email)
    now = clock.now()
    if await session_queries.codes_since(session, email, now - timedelta(hours=1)) >= _CODES_AN_HOUR:
        raise TooManyCodes(_("Too many codes were asked for this address. Wait an hour."))
    code = f"{secrets.randbelow(1_000_000):06d}"
    row_id = ids.new("code")
    session.add(
        SignInCode(
            id=row_id, email=email, code_hash=_code_hash(row_id, code), created_at=now,
            expires_at=now + timedelta(minutes=CODE_MINUTES),
        )
    )  # fmt: skip
    return IssuedCode(email, code, CODE_MINUTES)


async def sign_in(session: Session, email: str, code: str, language: str = "en") -> SignedIn | None:
    """Exchange the code for a session; a new address gets a user and an account of its own.

    None for a wrong, used or expired code: the caller must commit, for the attempt is counted.
    """
    email = clean_email(email)
    now = clock.now()
    row = await session_queries.open_code(session, email, now)
    if row is None or row.attempts >= _CODE_ATTEMPTS:
        return None
    row.attempts += 1
    if not hmac.compare_digest(row.code_hash, _code_hash(row.id, "".join(code.split()))):
        return None
    row.used_at = now
    user, _account = await ensure_user(session, email, language)
    return await open_session(session, user)


def _code_hash(row_id: str, code: str) -> str:
    return hmac.digest(row_id.encode(), code.encode(), "sha256").hex()
