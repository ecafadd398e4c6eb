"""Idempotency-Key (IETF draft httpapi-idempotency-key-header): the same request answers the same."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import and_, delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.db import Base, Instant, Session
from serai.kit.errors import Conflict, Invalid

HANDLERS = "events.handle"
LONGEST_KEY = 255


class IdempotencyKey(Base):
    """`status` and `body` are empty only inside the transaction that answers for the first time.

    `body` holds the whole `Kept` answer, packed: a repeated 202 needs its Location, too.
    """

    __tablename__ = "idempotency_keys"

    actor_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    status: Mapped[int | None]
    body: Mapped[bytes | None]
    created_at: Mapped[datetime] = mapped_column(Instant, index=True)


class Kept(msgspec.Struct, frozen=True):
    """An answer given before."""

    status: int
    headers: dict[str, str]
    body: bytes


class KeyReused(Conflict):
    code = "idempotency_key_reused"


async def replay(
    session: Session, actor: Actor, key: str, method: str, path: str, body: bytes
) -> Kept | None:
    """The answer given before, or None for a new key, which is then held until the commit: a
    second request with the same key waits for the first one's answer.

    Raises Invalid for a malformed key, KeyReused when the same key came with another request, or from
    somebody who may more or less: a narrow token of an API key must not read what a wide one was told.
    """
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise Invalid(f"An Idempotency-Key has 1 to {LONGEST_KEY} printable characters.")
    digest = _digest(actor, method, path, body)
    statement = insert(IdempotencyKey).values(
        actor_id=actor.id, key=key, request_hash=digest, created_at=clock.now()
    )
    await session.execute(statement.on_conflict_do_nothing())
    query = select(IdempotencyKey).where(IdempotencyKey.actor_id == actor.id, IdempotencyKey.key == key)
    row = (await session.execute(query.with_for_update())).scalar_one()
    if row.request_hash != digest:
        raise KeyReused(
            "This Idempotency-Key came with another request, or with other rights, before; use a new key."
        )
    return msgspec.msgpack.decode(row.body, type=Kept) if row.body else None


async def remember(
    session: Session, actor: Actor, key: str, status: int, body: bytes, headers: Mapping[str, str]
) -> None:
    row = await session.get_one(IdempotencyKey, (actor.id, key))
    row.status, row.body = status, msgspec.msgpack.encode(Kept(status, dict(headers), body))


def _digest(actor: Actor, method: str, path: str, body: bytes) -> str:
    rights = " ".join(sorted(actor.grants))
    parts = (actor.kind, actor.account_id or "", rights, method, path)
    return hashlib.sha256(b"\n".join((*(each.encode() for each in parts), body))).hexdigest()


async def first_time(session: Session, work: str, key: str) -> bool:
    """Whether `work` is done for `key` for the first time; noted with whatever it changes.

    A second one at once waits for the first one's end.
    """
    statement = insert(IdempotencyKey).values(actor_id=work, key=key, request_hash="", created_at=clock.now())
    statement = statement.on_conflict_do_nothing()
    return (await session.execute(statement.returning(IdempotencyKey.key))).one_or_none() is not None


async def tidy(session: Session) -> None:
    """Forget answers after a day. What was to be done once is remembered for longer than anything asks
    again: handlers of events as long as their jobs are kept, all else for more than a year."""
    now, mark = clock.now(), IdempotencyKey.request_hash == ""
    is_handler = IdempotencyKey.actor_id == HANDLERS
    old = or_(
        and_(~mark, IdempotencyKey.created_at < now - timedelta(days=1)),
        and_(mark, is_handler, IdempotencyKey.created_at < now - timedelta(days=8)),
        and_(mark, IdempotencyKey.created_at < now - timedelta(days=400)),
    )
    await session.execute(delete(IdempotencyKey).where(old))
