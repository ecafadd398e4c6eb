"""Computes every chain again from its records: a changed, missing or added one shows."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, text

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.audit.models import AuditChain
from serai.modules.audit.policy import READ


@dataclass(frozen=True, slots=True)
class Broken:
    """The first record of a chain that is not as it was written, and why."""

    chain: str
    position: int
    record_id: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Verified:
    """`heads`: each chain's length and last hash, to be kept where nobody here can write."""

    records: int
    heads: dict[str, tuple[int, str]]
    broken: tuple[Broken, ...]


# The same text the trigger seals; the hash is computed here, by other code.
_RECORDS = text(
    "SELECT r.chain, r.position, r.id, r.previous_hash, r.hash, audit_text(r) AS sealed "
    "FROM audit_records r WHERE CAST(:chain AS text) IS NULL OR r.chain = :chain ORDER BY r.chain, r.position"
)


async def verify(session: Session, actor: Actor) -> Verified:
    """All chains that the actor sees."""
    READ.require(actor, account_id=actor.account_id)
    only = None if actor.is_platform else actor.account_id
    query = select(AuditChain).where(AuditChain.chain == only) if only else select(AuditChain)
    heads = {row.chain: (row.length, row.hash) for row in (await session.execute(query)).scalars()}
    count = 0
    broken: dict[str, Broken] = {}
    ends: dict[str, tuple[int, str]] = {}
    at_head: dict[str, str] = {}
    async for row in _stream(session, only):
        count += 1
        length, last = ends.get(row.chain, (0, ""))
        why = _what_is_wrong(row, length, last)
        if why and row.chain not in broken:
            broken[row.chain] = Broken(row.chain, length + 1, row.id, why)
        ends[row.chain] = (row.position, row.hash)
        if row.position == heads.get(row.chain, (0, ""))[0]:
            at_head[row.chain] = row.hash
    for chain, (length, digest) in heads.items():
        # Records may have been added since the heads were read; those up to there must be there.
        if chain not in broken and length and at_head.get(chain) != digest:
            broken[chain] = Broken(chain, ends.get(chain, (0, ""))[0], None, "the chain's end is missing")
    return Verified(count, heads, tuple(broken.values()))


async def _stream(session: Session, only: str | None) -> AsyncIterator[Row[Any]]:
    async for row in await session.stream(_RECORDS.execution_options(yield_per=1000), {"chain": only}):
        yield row


def _what_is_wrong(row: Row[Any], length: int, last: str) -> str | None:
    if row.position != length + 1:
        return f"record {length + 1} is missing"
    if row.previous_hash != last:
        return "it does not follow the record before"
    computed = hashlib.sha256(row.sealed.encode()).hexdigest()
    return None if hmac.compare_digest(computed, row.hash) else "it was changed after it was written"
