"""Slows guessing down without locking anybody out.

Guesses from unknown browsers are counted against their address and against the account. A browser
in which the person has signed in before has a budget of its own, which nobody else can use up.
"""

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from serai.kit import clock, events
from serai.kit.actor import SYSTEM
from serai.kit.db import Session, as_platform
from serai.kit.errors import Denied
from serai.kit.i18n import _, ngettext
from serai.modules.identity import credential_queries
from serai.modules.identity.models import AttemptBudget

# NIST SP 800-63B, 3.2.2: no more than 100 failures in a row on one account.
_IN_ALL = 100
_KEPT = timedelta(days=90)
PASSWORD: Final = "password"  # noqa: S105 - the name of what is guessed
SECOND: Final = "second"
RECOVERY: Final = "recovery"


class TooManyAttempts(Denied):
    code = "identity.too_many_attempts"


@dataclass(frozen=True, slots=True)
class Budget:
    """`free` failures, then pauses of 2, 4, 8 … times `unit` up to `longest`. Forgotten after
    `memory` without a failure; without one, only by a success, and closed after a hundred."""

    key: str
    free: int
    longest: timedelta
    memory: timedelta | None = None
    unit: timedelta = timedelta(seconds=1)


def budgets(what: str, who: str, ip: str | None, device: str | None) -> list[Budget]:
    """For guesses of `what` (PASSWORD, SECOND, RECOVERY) at `who` (an address or id, existing or not).

    `device`: the hash of a known device's cookie.
    """
    if device:
        return [Budget(f"device:{what}:{_short(who)}:{device}", 10, timedelta(minutes=15))]
    # Recovery codes are far too many to guess: they stay a way in when wrong codes have closed the app.
    memory = timedelta(days=1) if what == RECOVERY else None
    return [
        Budget(f"account:{what}:{_short(who)}", 5, timedelta(minutes=15), memory),
        Budget(f"address:{what}:{prefix(ip)}", 10, timedelta(hours=1), timedelta(hours=2)),
    ]


def asks(ip: str | None) -> Budget:
    """For codes and links asked for; those that are used are refunded."""
    return Budget(f"address:asks:{prefix(ip)}", 30, timedelta(hours=1), timedelta(hours=2))


def departures(ip: str | None) -> Budget:
    """For sign-ins begun at other services; those that succeed are refunded."""
    return Budget(f"address:departures:{prefix(ip)}", 30, timedelta(hours=1), timedelta(hours=2))


def resets(user_id: str) -> Budget:
    """For links to a new password: three, then one an hour, also for who uses them."""
    return Budget(f"resets:{user_id}", 2, timedelta(hours=1), timedelta(days=1), timedelta(minutes=30))


def changes(user_id: str) -> Budget:
    """For links to addresses that a person only says are theirs."""
    return Budget(f"changes:{user_id}", 5, timedelta(hours=1), timedelta(days=1))


async def spend(session: Session, wanted: Sequence[Budget], guessed_at: str | None = None) -> None:
    """Count the attempt before it is made, so that many at once get no further than one by one.

    `guessed_at`: whose sign-in is tried; that it is closed now, is told once.
    Raises TooManyAttempts. The caller commits before the attempt, and refunds it when it succeeds.
    """
    now = clock.now()
    async with as_platform(session):
        await credential_queries.delete_old_budgets(session, now - _KEPT)
        rows = await credential_queries.lock_budgets(session, [each.key for each in wanted], now)
        for budget in wanted:
            _require_open(budget, rows[budget.key], now)
        for budget in wanted:
            row = rows[budget.key]
            row.failures += 1
            row.last_at, row.closed_until = now, now + pause(budget, row.failures)
        await session.flush()
        closed = [each for each in wanted if _closes(each, rows[each.key].failures)]
        if guessed_at is not None and closed:
            await _tell(session, guessed_at, closed)


async def refund(session: Session, wanted: Sequence[Budget]) -> None:
    """After a success. An address gets this one attempt back and no more: an attacker's own
    account must not open it again for guessing at others'."""
    now = clock.now()
    async with as_platform(session):
        rows = await credential_queries.lock_budgets(session, [each.key for each in wanted], now)
        for budget in wanted:
            row = rows[budget.key]
            row.failures = max(row.failures - 1, 0) if budget.memory else 0
            row.closed_until = None
        await session.flush()


async def reopen(session: Session, what: str, who: str) -> None:
    """After the person has proven who they are: guesses counted against them until then are past."""
    keys = [f"account:{what}:{_short(who)}"]
    async with as_platform(session):
        await credential_queries.delete_budgets(session, keys)


def pause(budget: Budget, failures: int) -> timedelta:
    over = min(failures - budget.free, 20)
    return min(budget.unit * 2**over, budget.longest) if over > 0 else timedelta()


def prefix(ip: str | None) -> str:
    """What one attacker is likely to have: an IPv4 address, or a /64 of IPv6."""
    try:
        address = ipaddress.ip_address((ip or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
        address = address.ipv4_mapped
    return str(address)


def _closes(budget: Budget, failures: int) -> bool:
    """By this failure, for a first pause or for good: an attack is told of, not each of its guesses."""
    return failures == budget.free + 1 or (budget.memory is None and failures == _IN_ALL)


async def _tell(session: Session, guessed_at: str, closed: Sequence[Budget]) -> None:
    which = sorted({budget.key.split(":", 1)[0] for budget in closed})
    what = closed[0].key.split(":")[1]
    await events.publish(session, SYSTEM, "identity.sign_in_closed", guessed_at, what=what, closed=which)


def _require_open(budget: Budget, row: AttemptBudget, now: datetime) -> None:
    if budget.memory and now - row.last_at > budget.memory:
        row.failures, row.closed_until = 0, None
    if budget.memory is None and row.failures >= _IN_ALL:
        raise TooManyAttempts(_closed(budget))
    if row.closed_until is not None and row.closed_until > now:
        seconds = int((row.closed_until - now).total_seconds()) + 1
        raise TooManyAttempts(_too_many(seconds))


def _closed(budget: Budget) -> str:
    if budget.key.startswith("account:second:"):
        return _("There were too many wrong tries. Use a passkey, a recovery code, or a browser in which you "
                 "have signed in before.")  # fmt: skip
    return _("There were too many wrong tries. Sign in with a code by e-mail or a passkey instead.")


def _too_many(seconds: int) -> str:
    if seconds > 90:
        return ngettext(
            "Too many tries. Wait %(num)s minute, or sign in in another way.",
            "Too many tries. Wait %(num)s minutes, or sign in in another way.", -(-seconds // 60),
        )  # fmt: skip
    return ngettext(
        "Too many tries. Wait %(num)s second, or sign in in another way.",
        "Too many tries. Wait %(num)s seconds, or sign in in another way.", seconds,
    )  # fmt: skip


def _short(who: str) -> str:
    return hashlib.sha256(who.encode()).hexdigest()[:32]
