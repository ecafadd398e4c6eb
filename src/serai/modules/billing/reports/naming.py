"""Accounts' names for lists that hold only their ids."""

from collections.abc import Iterable

from sqlalchemy import text

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.billing import policy


async def account_names(session: Session, actor: Actor, ids: Iterable[str]) -> dict[str, str]:
    """One query however many; those that are gone are left out."""
    policy.READ.require(actor)
    wanted = sorted({each for each in ids if each})
    if not wanted:
        return {}
    rows = await session.execute(_NAMES, {"ids": wanted})
    return {row.id: row.name for row in rows}


_NAMES = text("SELECT id, name FROM accounts WHERE id = ANY(:ids)")
