"""Passwords: long enough, not among those guessed first, and kept as argon2id hashes only."""

import asyncio
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from serai.kit import clock, events
from serai.kit.actor import Actor
from serai.kit.db import Session, as_platform
from serai.kit.errors import Invalid
from serai.kit.i18n import _
from serai.modules.identity import breached, credential_queries, devices, queries, throttle, tickets
from serai.modules.identity.emails import clean_email
from serai.modules.identity.models import PasswordCredential, User

Result = TypeVar("Result")
SHORTEST, LONGEST = 12, 128
_HASHER = PasswordHasher(time_cost=2, memory_cost=32_768, parallelism=1)
# Each takes 32 MiB: a flood of guesses waits here instead of filling the memory.
_HASHING = ThreadPoolExecutor(4, "passwords")


def check(password: str, hints: Iterable[str] = ()) -> str:
    """The password as it is hashed (NFKC). Raises Invalid, which says what would be better."""
    text = unicodedata.normalize("NFKC", password)
    if len(text) < SHORTEST:
        _refuse(
            _("Take at least %(num)s characters. Four or five unrelated words are strong and easy to keep.",
              num=SHORTEST)
        )  # fmt: skip
    if len(text) > LONGEST:
        _refuse(_("Take at most %(num)s characters.", num=LONGEST))
    if breached.is_common(text):
        _refuse(
            _("This one is among the first that attackers try, however it is spelt. Take a few unrelated words.")
        )
    if breached.is_about(text, (*hints, "serai")):
        _refuse(_("It is made of your name, your address or ours. Take words that have nothing to do with you."))
    return text


async def hash_password(password: str) -> str:
    return await _off_the_loop(_HASHER.hash, unicodedata.normalize("NFKC", password))


async def verify(stored: str | None, password: str) -> bool:
    """Takes as long when nothing is stored, so that nobody learns who has a password."""
    text = unicodedata.normalize("NFKC", password)
    if len(text) > LONGEST:
        return False
    fits = await _off_the_loop(_fits, stored or _nobodys_hash(), text)
    return fits and stored is not None


def is_outdated(stored: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


async def stored_hash(session: Session, user_id: str) -> str | None:
    async with as_platform(session):  # signing in: nobody is known yet
        found = await credential_queries.password_of(session, user_id)
    return found.hash if found else None


async def has_password(session: Session, user_id: str) -> bool:
    return await stored_hash(session, user_id) is not None


@dataclass(frozen=True, slots=True)
class Guess:
    """A try that is counted already; what `verify` compares, and what a success refunds."""

    user: User | None
    stored: str | None
    budgets: Sequence[throttle.Budget]


async def count_guess(session: Session, email: str, browser: str, ip: str | None) -> Guess:
    """In a transaction of its own, before `verify`. The same for unknown addresses.

    Raises TooManyAttempts.
    """
    email = clean_email(email)
    user = await queries.user_by_email(session, email)
    device = await devices.known(session, browser, user.id if user else None)
    budgets = throttle.budgets(throttle.PASSWORD, email, ip, device)
    await throttle.spend(session, budgets, user.id if user else "unknown")
    return Guess(user, await stored_hash(session, user.id) if user else None, budgets)


async def put(session: Session, actor: Actor, user: User, made_hash: str) -> None:
    """Replace the person's password by one that `check` and `hash_password` have seen."""
    now = clock.now()
    async with as_platform(session):  # also after a reset, when nobody is signed in
        found = await credential_queries.password_of(session, user.id)
        if found is None:
            session.add(PasswordCredential(user_id=user.id, hash=made_hash, changed_at=now))
        else:
            found.hash, found.changed_at = made_hash, now
        await session.flush()
        await tickets.cancel(session, tickets.PASSWORD_RESET, user.id)
    what = "identity.password_set" if found is None else "identity.password_changed"
    await events.publish(session, actor, what, user.id)


async def rehash(session: Session, user_id: str, made_hash: str) -> None:
    """The same password under today's parameters."""
    async with as_platform(session):
        found = await credential_queries.password_of(session, user_id)
        if found is not None:
            found.hash = made_hash


async def remove(session: Session, actor: Actor, user: User) -> None:
    """A code by e-mail, a passkey or a linked sign-in remain."""
    async with as_platform(session):
        found = await credential_queries.password_of(session, user.id)
        if found is not None:
            await session.delete(found)
    if found is not None:
        await events.publish(session, actor, "identity.password_removed", user.id)


async def _off_the_loop(work: Callable[..., Result], *arguments: str) -> Result:
    return await asyncio.get_running_loop().run_in_executor(_HASHING, work, *arguments)


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody has this password")


def _fits(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (Argon2Error, InvalidHashError):
        return False


def _refuse(message: str) -> None:
    raise Invalid(message, fields={"password": message})
