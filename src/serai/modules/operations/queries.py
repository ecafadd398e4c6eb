"""Operations' SQL. Reads begin from what the actor may see."""

from collections.abc import Sequence

from psycopg.types.json import Jsonb
from sqlalchemy import Select, func, or_, select, text, update
from sqlalchemy.orm import InstrumentedAttribute

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.db import Database, Json, Session
from serai.modules.operations.models import (
    ACTIVE_STATES,
    FENCES,
    Operation,
    OperationLogLine,
    OperationStep,
)

CHANNEL = "operations"


def visible_to(actor: Actor) -> Select[tuple[Operation]]:
    query = select(Operation)
    if actor.is_platform:
        return query
    return query.where(Operation.account_id == actor.account_id, Operation.account_id.is_not(None))


async def find(session: Session, actor: Actor, operation_id: str) -> Operation | None:
    query = visible_to(actor).where(Operation.id == operation_id)
    return (await session.execute(query)).scalar_one_or_none()


async def newest_of(session: Session, subject: str) -> Operation | None:
    query = select(Operation).where(Operation.subject == subject).order_by(Operation.id.desc()).limit(1)
    return (await session.execute(query)).scalar_one_or_none()


async def page(
    session: Session,
    actor: Actor,
    *,
    subject: str | None,
    state: str | None,
    kind: str | None,
    before: str | None,
    limit: int,
) -> Sequence[Operation]:
    """Newest first, older than the operation `before`."""
    query = visible_to(actor).order_by(Operation.id.desc()).limit(limit)
    if subject:  # what is done to it on one server has a subject of its own, `rel_…@srv_…`
        query = query.where(or_(Operation.subject == subject, Operation.subject.startswith(f"{subject}@", autoescape=True)))
    filters: list[tuple[InstrumentedAttribute[str], str | None]] = [
        (Operation.state, state),
        (Operation.kind, kind),
    ]
    for column, value in filters:
        query = query.where(column == value) if value else query
    query = query.where(Operation.id < before) if before else query
    return (await session.execute(query)).scalars().all()


async def steps(session: Session, operation_id: str) -> Sequence[OperationStep]:
    query = (
        select(OperationStep)
        .where(OperationStep.operation_id == operation_id)
        .order_by(OperationStep.position)
    )
    return (await session.execute(query)).scalars().all()


async def log_lines(
    session: Session, operation_id: str, after: int, limit: int = 500
) -> Sequence[OperationLogLine]:
    query = (
        select(OperationLogLine)
        .where(OperationLogLine.operation_id == operation_id, OperationLogLine.id > after)
        .order_by(OperationLogLine.id)
        .limit(limit)
    )
    return (await session.execute(query)).scalars().all()


async def log_tail(session: Session, operation_id: str, limit: int) -> Sequence[OperationLogLine]:
    query = (
        select(OperationLogLine)
        .where(OperationLogLine.operation_id == operation_id)
        .order_by(OperationLogLine.id.desc())
        .limit(limit)
    )
    return (await session.execute(query)).scalars().all()[::-1]


async def claim(
    database: Database, operation_id: str, worker: str
) -> tuple[Operation, list[OperationStep]] | None:
    """Take the operation over with the next fence; None when it has already ended."""
    claimed = await database.call("operation_claim", operation_id, worker, clock.now())
    if claimed is None:
        return None
    return Operation(**claimed["operation"]), [OperationStep(**row) for row in claimed["steps"] or ()]


async def next_fence(session: Session) -> int:
    return (await session.execute(select(FENCES.next_value()))).scalar_one()


async def hold(session: Session, operation_id: str, fence: int) -> bool | None:
    """Lock the operation while the claim is the newest; whether cancelling was asked for.

    None: the claim is lost.
    """
    statement = (
        select(Operation.cancel_requested)
        .where(Operation.id == operation_id, Operation.fence == fence)
        .where(Operation.state.in_(ACTIVE_STATES))
        .with_for_update()
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def peek(session: Session, operation_id: str, fence: int) -> bool | None:
    """Like `hold`, without the lock."""
    statement = (
        select(Operation.cancel_requested)
        .where(Operation.id == operation_id, Operation.fence == fence)
        .where(Operation.state.in_(ACTIVE_STATES))
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def set_operation(session: Session, operation_id: str, **values: object) -> None:
    await session.execute(update(Operation).where(Operation.id == operation_id).values(**values))


async def record(database: Database, operation_id: str, fence: int, change: Json) -> bool | None:
    """Write `change` (the migration 0015 says its form) while the claim is the newest, in a
    transaction of its own; whether cancelling was asked for, or None: the claim is lost."""
    made: bool | None = await database.call("operation_record", operation_id, fence, Jsonb(change))
    return made


async def record_in(session: Session, operation_id: str, fence: int, change: Json) -> bool | None:
    """The same within `session`'s transaction."""
    parameters = {"id": operation_id, "fence": fence, "change": Jsonb(change)}
    made: bool | None = (await session.execute(_RECORD, parameters)).scalar_one()
    return made


_RECORD = text("SELECT operation_record(:id, :fence, :change)")


async def forget_output(session: Session, operation_id: str, step: str) -> None:
    """Wipe what a step returned, where it was for the steps after it only."""
    statement = update(OperationStep).where(
        OperationStep.operation_id == operation_id, OperationStep.name == step
    )
    await session.execute(statement.values(output=None))


async def active_subjects(session: Session) -> set[str]:
    """What an operation is under way for."""
    query = select(Operation.subject).where(Operation.state.in_(ACTIVE_STATES))
    return set((await session.execute(query)).scalars())


async def count_by_state(session: Session) -> dict[str, int]:
    query = select(Operation.state, func.count()).group_by(Operation.state)
    return {state: count for state, count in (await session.execute(query)).all()}


async def without_job(session: Session) -> Sequence[tuple[str, str, str]]:
    """(id, kind, subject) of active operations that no queued or running job will carry on.

    One whose claims keep failing waits longer after each, up to 100 seconds.
    """
    return [tuple(row) for row in (await session.execute(_WITHOUT_JOB, {"now": clock.now()})).all()]


_WITHOUT_JOB = text(
    """
    SELECT o.id, o.kind, o.subject
    FROM operations o
    WHERE o.state IN ('queued', 'running', 'undoing')
      AND (o.claimed_at IS NULL
           OR o.claimed_at < :now - interval '0.1 s' * power(2, least(o.claims, 10)))
      AND NOT EXISTS (
        SELECT FROM procrastinate_jobs j
        WHERE j.task_name = 'operations.run'
          AND j.status IN ('todo', 'doing')
          AND j.args ->> 'operation_id' = o.id
      )
    ORDER BY o.id
    FOR UPDATE OF o SKIP LOCKED
    """
)
