"""Keeps a worker that was taken for dead from changing a database its successor works on."""

from serai.contracts.fencing import StaleFence
from serai.drivers.databases.postgres.roles import Connection

_TABLE = "CREATE TABLE IF NOT EXISTS serai_fences (name text PRIMARY KEY, fence bigint NOT NULL)"
_TAKE = """
    INSERT INTO serai_fences VALUES (%s, %s)
    ON CONFLICT (name) DO UPDATE SET fence = excluded.fence WHERE serai_fences.fence <= excluded.fence
    RETURNING fence
"""
_END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = %s AND pid <> pg_backend_pid()
"""


async def prepare(admin: Connection) -> None:
    await admin.execute(_TABLE)


async def take(admin: Connection, name: str, fence: int) -> None:
    """Note the fence and cut off whoever else is at work on `name`; their statements roll back.

    `admin` must carry the mark from its beginning: one that is paused before this, or in it, is
    found by its successor and ended.
    Raises StaleFence when a later one was noted: also long after, for rows are kept.
    """
    if await (await admin.execute(_TAKE, [name, fence])).fetchone() is None:
        raise StaleFence(f"A later claim has worked on {name}.")
    await admin.execute(_END_OTHERS, [session_mark(name)])


def session_mark(name: str) -> str:
    """What sessions that change `name` are called in pg_stat_activity."""
    return f"serai:{name}"
