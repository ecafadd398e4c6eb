"""Which releases stand on which server."""

from collections.abc import Mapping

from serai.kit.db import Session
from serai.modules.fleet import queries
from serai.modules.fleet.models import Server


async def release_state(session: Session, server: Server, release_id: str) -> str | None:
    """building, ready or failed; None where it was never built."""
    return (await queries.release_states(session, server.id)).get(release_id)


async def release_states(session: Session, server: Server) -> Mapping[str, str]:
    """By the release's id."""
    return await queries.release_states(session, server.id)


async def set_release_state(session: Session, server_id: str, release_id: str, state: str) -> bool:
    """Whether it is ready on any server now."""
    await queries.put_release_state(session, server_id, release_id, state)
    return await queries.is_ready_somewhere(session, release_id)
