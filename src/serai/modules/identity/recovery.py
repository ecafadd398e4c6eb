"""Ten single-use recovery codes, for who has lost the authenticator or passkey."""

import asyncio
import hmac
import secrets

from argon2.low_level import Type, hash_secret_raw

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Session, as_platform
from serai.modules.identity import credential_queries
from serai.modules.identity.models import RecoveryCode, User

COUNT = 10
_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"  # none that look alike
_LETTERS = 10


def new_codes() -> list[str]:
    """Ten letters each, 49 bits: far too many to guess through the throttle."""
    return [_readable("".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS))) for _ in range(COUNT)]


async def generate(session: Session, actor: Actor, user: User) -> list[str]:
    """New codes in clear, to be shown once; the former ones no longer work."""
    codes, salt, now = new_codes(), secrets.token_bytes(16), clock.now()
    await credential_queries.delete_recovery_codes(session, user.id)
    for code in codes:
        session.add(
            RecoveryCode(id=ids.new("rec"), user_id=user.id, salt=salt.hex(),
                         code_hash=await _hash(code, salt), created_at=now)
        )  # fmt: skip
    await session.flush()
    await events.publish(session, actor, "identity.recovery_codes_generated", user.id)
    return codes


async def left(session: Session, user_id: str) -> int:
    """How many still work."""
    return await credential_queries.count_recovery_codes(session, user_id)


async def use(session: Session, actor: Actor, user: User, code: str) -> bool:
    """Whether it was one of theirs; it is used up by it."""
    async with as_platform(session):  # the second step of a sign-in: the person is not signed in yet
        rows = await credential_queries.unused_recovery_codes(session, user.id)
        digest = await _hash(code, bytes.fromhex(rows[0].salt)) if rows else ""
        row = next((each for each in rows if hmac.compare_digest(each.code_hash, digest)), None)
        if row is None:
            return False
        row.used_at = clock.now()
        await session.flush()
        await events.publish(session, actor, "identity.recovery_code_used", user.id, left=len(rows) - 1)
    return True


async def forget_if_useless(session: Session, user_id: str) -> None:
    """Without a second step there is nothing to recover."""
    await session.flush()
    if not await credential_queries.has_second_step(session, user_id):
        await credential_queries.delete_recovery_codes(session, user_id)


async def _hash(code: str, salt: bytes) -> str:
    plain = "".join(letter for letter in code.casefold() if letter.isalnum())
    made = await asyncio.to_thread(
        hash_secret_raw, plain.encode(), salt, time_cost=1, memory_cost=8_192, parallelism=1, hash_len=32,
        type=Type.ID,
    )  # fmt: skip
    return made.hex()


def _readable(code: str) -> str:
    return f"{code[:5]}-{code[5:]}"
