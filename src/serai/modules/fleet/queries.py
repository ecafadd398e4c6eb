"""The fleet's SQL."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from serai.kit.db import Session
from serai.modules.fleet.models import Allocation, Server, ServerRelease


async def by_name(session: Session, name: str) -> Server | None:
    """Locked until the commit."""
    query = select(Server).where(Server.name == name).with_for_update()
    return (await session.execute(query)).scalar_one_or_none()


async def open_ids(session: Session) -> Sequence[str]:
    """Servers that take launches, in the order they are asked."""
    query = select(Server.id).where(Server.open).order_by(Server.name)
    return (await session.execute(query)).scalars().all()


async def locked(session: Session, server_id: str) -> Server:
    query = select(Server).where(Server.id == server_id).with_for_update()
    return (await session.execute(query.execution_options(populate_existing=True))).scalar_one()


async def servers(session: Session) -> Sequence[tuple[Server, int]]:
    """Each server with the number of launches on it."""
    query = (
        select(Server, func.count(Allocation.launch_id))
        .outerjoin(Allocation, Allocation.server_id == Server.id)
        .group_by(Server.id)
        .order_by(Server.name)
    )
    return [(server, count) for server, count in (await session.execute(query)).all()]


async def placed(session: Session, launch_id: str) -> tuple[Allocation, Server] | None:
    """What the launch holds, and of which server."""
    query = select(Allocation, Server).join(Server, Server.id == Allocation.server_id)
    row = (await session.execute(query.where(Allocation.launch_id == launch_id))).one_or_none()
    return None if row is None else (row[0], row[1])


async def allocations(session: Session) -> Sequence[Allocation]:
    return (await session.execute(select(Allocation))).scalars().all()


async def usage(session: Session, server: Server) -> tuple[int, int]:
    """How many launches it has, and the bytes they hold."""
    query = select(func.count(), func.coalesce(func.sum(Allocation.memory), 0))
    count, memory = (await session.execute(query.where(Allocation.server_id == server.id))).one()
    return count, int(memory)


async def taken_ports(session: Session, server: Server) -> set[int]:
    query = select(Allocation.port).where(Allocation.server_id == server.id)
    return set((await session.execute(query)).scalars())


async def free(session: Session, launch_id: str) -> None:
    await session.execute(delete(Allocation).where(Allocation.launch_id == launch_id))


async def release_states(session: Session, server_id: str) -> dict[str, str]:
    query = select(ServerRelease.release_id, ServerRelease.state).where(ServerRelease.server_id == server_id)
    return {release_id: state for release_id, state in (await session.execute(query)).all()}


async def put_release_state(session: Session, server_id: str, release_id: str, state: str) -> None:
    values = {"server_id": server_id, "release_id": release_id, "state": state}
    query = insert(ServerRelease).values(**values)
    await session.execute(
        query.on_conflict_do_update(index_elements=["server_id", "release_id"], set_={"state": state})
    )


async def is_ready_somewhere(session: Session, release_id: str) -> bool:
    query = select(ServerRelease).where(ServerRelease.release_id == release_id, ServerRelease.state == "ready")
    return bool((await session.execute(select(query.exists()))).scalar_one())
