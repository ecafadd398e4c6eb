"""Workers tell that they are alive, for `/readyz` and for people."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit import clock
from serai.kit.db import Base, Database, Instant, Session

_FORGOTTEN_AFTER = timedelta(minutes=1)


class WorkerHeartbeat(Base):
    __tablename__ = "worker_heartbeats"

    worker: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)


async def beat(database: Database, worker: str) -> None:
    now = clock.now()
    statement = insert(WorkerHeartbeat).values(worker=worker, at=now)
    async with database.transaction() as session:
        await session.execute(statement.on_conflict_do_update(index_elements=["worker"], set_={"at": now}))
        old = WorkerHeartbeat.at < now - _FORGOTTEN_AFTER
        await session.execute(delete(WorkerHeartbeat).where(old))


async def alive(session: Session, within: timedelta) -> int:
    """How many workers were heard of lately."""
    query = select(func.count()).select_from(WorkerHeartbeat)
    query = query.where(WorkerHeartbeat.at > clock.now() - within)
    return (await session.execute(query)).scalar_one()
