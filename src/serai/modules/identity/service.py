"""Sign up and in by a one-time code; sessions; API tokens. Accounts are made at the first sign-in."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from serai.kit import clock, events, ids
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Session
from serai.kit.errors import Denied, Invalid, NotFound, Unauthenticated
from serai.kit.i18n import _
from serai.modules.identity import queries
from serai.modules.identity.models import (
    Account,
    ApiToken,
    Membership,
    SignInCode,
    User,
    WebSession,
)

# The operator's own address, admin@serai.localhost, is one that people sign in with.
if "localhost" in SPECIAL_USE_DOMAIN_NAMES:
    SPECIAL_USE_DOMAIN_NAMES.remove("localhost")

CODE_MINUTES = 15
_CODE_ATTEMPTS = 5
_CODES_AN_HOUR = 6
_SESSION_LENGTH = timedelta(days=14)
_TOUCH_AFTER = timedelta(minutes=5)


class TooManyCodes(Denied):
    code = "identity.too_many_codes"


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """The code in clear, and for how many minutes it works."""

    email: str
    code: str
    minutes: int


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`token` is the cookie's value; it is not stored anywhere."""

    token: str
    user: User
    account: Account


async def request_code(session: Session, email: str) -> IssuedCode:
    """Make a one-time code, for the caller to mail. Tells nobody whether the address is known.

    Raises Invalid for a malformed address, TooManyCodes after six in an hour.
    """
    email = clean_email(email)
    now = clock.now()
    if await queries.codes_since(session, email, now - timedelta(hours=1)) >= _CODES_AN_HOUR:
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
    row = await queries.open_code(session, email, now)
    if row is None or row.attempts >= _CODE_ATTEMPTS:
        return None
    row.attempts += 1
    if not hmac.compare_digest(row.code_hash, _code_hash(row.id, "".join(code.split()))):
        return None
    row.used_at = now
    user, account = await ensure_user(session, email, language)
    return await _open_session(session, user, account)


async def ensure_user(
    session: Session, email: str, language: str = "en", *, staff: bool = False
) -> tuple[User, Account]:
    """The user with that address and their account, made if they are new."""
    user = await queries.user_by_email(session, email)
    if user is None or await queries.first_account_of(session, user.id) is None:
        # Two at once: the second one waits here, and then finds what the first one made.
        await queries.lock_email(session, email)
        user = await queries.user_by_email(session, email)
    if user is None:
        user = User(id=ids.new("usr"), email=email, language=language, created_at=clock.now())
        session.add(user)
        await session.flush()
        await events.publish(session, SYSTEM, "identity.user_created", user.id)
    if staff and not user.is_staff:
        user.is_staff = True
    account = await queries.first_account_of(session, user.id)
    if account is None:
        account = Account(id=ids.new("acc"), name=email, created_at=clock.now())
        session.add(account)
        await session.flush()
        session.add(Membership(account_id=account.id, user_id=user.id, role="owner"))
    await session.flush()
    return user, account


async def actor_of_session(session: Session, token: str) -> Actor | None:
    """Who holds this cookie, if anybody does any more."""
    digest = token_hash(token)
    now = clock.now()
    found = await queries.session_with_user(session, digest, now)
    if found is None:
        return None
    row, user = found
    if now - row.seen_at > _TOUCH_AFTER:
        await queries.touch_session(session, digest, now)
    return Actor("staff" if user.is_staff else "user", user.id, row.account_id, user.email)


async def sign_out(session: Session, token: str) -> None:
    await queries.delete_session(session, token_hash(token))


async def create_token(
    session: Session, actor: Actor, name: str, *, platform: bool = False, days: int | None = None
) -> tuple[ApiToken, str]:
    """A token for the actor's account, or for the whole platform; its clear text is shown once."""
    if actor.account_id is None:
        raise Denied(_("A token belongs to an account."))
    if platform and not actor.is_platform:
        raise Denied(_("Only staff can make a token for the whole platform."))
    if not name.strip():
        raise Invalid(_("Give the token a name, so that you know it again."), fields={"name": ""})
    clear = f"serai_{secrets.token_urlsafe(32)}"
    now = clock.now()
    row = ApiToken(
        id=ids.new("tok"), name=name.strip(), token_hash=token_hash(clear), platform=platform,
        account_id=actor.account_id, created_at=now,
        expires_at=now + timedelta(days=days) if days else None,
    )  # fmt: skip
    session.add(row)
    await events.publish(session, actor, "identity.token_created", row.id, row.account_id)
    return row, clear


async def actor_of_token(session: Session, token: str) -> Actor:
    """Raises Unauthenticated for an unknown, expired or revoked token."""
    row = await queries.usable_token(session, token_hash(token), clock.now())
    if row is None:
        raise Unauthenticated(
            _("This token is unknown, expired or revoked. Make one with `serai token create`.")
        )
    return Actor("staff" if row.platform else "token", row.id, row.account_id, row.name)


async def list_tokens(session: Session, actor: Actor) -> Sequence[ApiToken]:
    return [row for row in await queries.tokens(session) if actor.sees(row.account_id)]


async def revoke_token(session: Session, actor: Actor, token_id: str) -> None:
    row = await queries.token(session, token_id)
    if row is None or not actor.sees(row.account_id):
        raise NotFound(_("There is no token %(id)s.", id=token_id))
    row.revoked_at = row.revoked_at or clock.now()
    await events.publish(session, actor, "identity.token_revoked", row.id, row.account_id)


def clean_email(email: str) -> str:
    try:
        found = validate_email(
            email.strip(), check_deliverability=False, allow_smtputf8=False, test_environment=True
        )
    except EmailNotValidError:
        message = _("Enter an e-mail address such as sara@example.com.")
        raise Invalid(message, fields={"email": message}) from None
    return found.normalized.lower()


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _code_hash(row_id: str, code: str) -> str:
    return hmac.digest(row_id.encode(), code.encode(), "sha256").hex()


async def _open_session(session: Session, user: User, account: Account) -> SignedIn:
    token, now = secrets.token_urlsafe(32), clock.now()
    session.add(
        WebSession(
            token_hash=token_hash(token), user_id=user.id, account_id=account.id, created_at=now,
            seen_at=now, expires_at=now + _SESSION_LENGTH,
        )
    )  # fmt: skip
    actor = Actor("user", user.id, account.id, user.email)
    await events.publish(session, actor, "identity.signed_in", user.id, account.id)
    return SignedIn(token, user, account)
