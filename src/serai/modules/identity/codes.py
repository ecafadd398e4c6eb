"""One-time codes by e-mail, good in the browser that asked for them. New people are signed up by one."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from serai.kit import clock, ids
from serai.kit.db import Session, as_platform
from serai.kit.errors import Conflict, Denied
from serai.kit.i18n import _
from serai.modules.identity import credential_queries, devices, email_change, queries, throttle
from serai.modules.identity.accounts import ensure_user
from serai.modules.identity.emails import clean_email
from serai.modules.identity.models import SignInCode, User
from serai.modules.identity.sessions import SignedIn, open_session
from serai.modules.identity.tickets import digest

CODE_MINUTES = 10  # ASVS 6.5.5
_ATTEMPTS = 5
_AN_HOUR = 6


class TooManyCodes(Denied):
    code = "identity.too_many_codes"


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """The code in clear, and for how many minutes it works."""

    email: str
    code: str
    minutes: int


async def request_code(
    session: Session, email: str, *, browser: str = "", ip: str | None = None
) -> IssuedCode:
    """Make a one-time code, for the caller to mail. Tells nobody whether the address is known.

    Six an hour for an address; a browser in which its owner has signed in before has six of its own,
    so that strangers cannot use them up. Raises Invalid for a malformed address, TooManyCodes.
    """
    email, now = clean_email(email), clock.now()
    await queries.lock_email(session, email)  # so that many at once are counted one by one
    user = await queries.user_by_email(session, email)
    device = await devices.known(session, browser, user.id if user else None)
    since = now - timedelta(hours=1)
    async with as_platform(session):  # nobody is signed in yet
        if await credential_queries.codes_since(session, email, since, device) >= _AN_HOUR:
            raise TooManyCodes(_("Too many codes were asked for this address. Wait an hour."))
        if ip is not None and device is None:
            await throttle.spend(session, [throttle.asks(ip)])
        code, row_id = f"{secrets.randbelow(1_000_000):06d}", ids.new("code")
        session.add(
            SignInCode(
                id=row_id, email=email, code_hash=_code_hash(row_id, code), created_at=now,
                browser_hash=_browser_hash(browser), expires_at=now + timedelta(minutes=CODE_MINUTES),
            )
        )  # fmt: skip
        await session.flush()
    return IssuedCode(email, code, CODE_MINUTES)


async def check(session: Session, email: str, code: str, browser: str = "", ip: str | None = None) -> bool:
    """Whether it is the newest code this browser asked for; it is used up by it.

    The caller must commit either way, for the try is counted.
    """
    now = clock.now()
    async with as_platform(session):  # nobody is signed in yet
        row = await credential_queries.open_code(session, clean_email(email), _browser_hash(browser), now)
        if row is None or row.attempts >= _ATTEMPTS:
            return False
        row.attempts += 1
        fits = hmac.compare_digest(row.code_hash, _code_hash(row.id, "".join(code.split())))
        if fits:
            row.used_at = now
            if ip is not None:
                await throttle.refund(session, [throttle.asks(ip)])
        await session.flush()
    return fits


async def redeem(
    session: Session, email: str, code: str, language: str = "en", browser: str = "", ip: str | None = None
) -> User | None:
    """Whose code it is; a new address gets a user and an account of its own. None for a wrong code.

    Raises Conflict for an address its owner can still have back: nobody signs up with that.
    """
    email = clean_email(email)
    await queries.lock_email(session, email)  # before any budget, as in `request_code`
    if not await check(session, email, code, browser, ip):
        return None
    if await queries.user_by_email(session, email) is None and await email_change.is_reserved(session, email):
        raise Conflict(
            _("Your e-mail address was changed. If that was not you, use the link in the mail about it.")
        )
    user, _account = await ensure_user(session, email, language)
    return user


async def sign_in(session: Session, email: str, code: str, language: str = "en") -> SignedIn | None:
    """Code to session, for people without a second step. Pages go by way of `pending.enter`."""
    user = await redeem(session, email, code, language)
    if user is None:
        return None
    async with as_platform(session):
        if await credential_queries.has_second_step(session, user.id):
            raise Denied(_("Sign in with the browser: you have a second step."))
    return await open_session(session, user, method="code")


def _browser_hash(browser: str) -> str | None:
    return digest(browser) if browser else None


def _code_hash(row_id: str, code: str) -> str:
    return hmac.digest(row_id.encode(), code.encode(), "sha256").hex()
