"""An operation, its steps and its log."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Sequence, text
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit.db import Base, Instant, Json

ACTIVE_STATES = ("queued", "running", "undoing")
FINAL_STATES = ("succeeded", "failed", "cancelled")

# One sequence for all, so that fences also rise from one operation of a subject to the next.
FENCES = Sequence("operation_fences", metadata=Base.metadata)


class Operation(Base):
    """`fence` is the newest claim's number: only its holder may record anything."""

    __tablename__ = "operations"
    __table_args__ = (
        Index(
            "uq_operations_one_active_per_subject",
            "subject",
            unique=True,
            postgresql_where=text("state IN ('queued', 'running', 'undoing')"),
        ),
        Index(None, "account_id", "id"),
        Index(None, "subject", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    workflow_version: Mapped[int] = mapped_column(default=1)
    subject: Mapped[str]
    subject_name: Mapped[str]
    account_id: Mapped[str | None]
    actor: Mapped[Json]
    state: Mapped[str]
    progress: Mapped[int] = mapped_column(default=0)
    input: Mapped[Json]
    error: Mapped[str | None]
    undo_error: Mapped[str | None]
    fence: Mapped[int] = mapped_column(BigInteger, default=0)
    claims: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None] = mapped_column(Instant)
    claimed_by: Mapped[str | None]
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Instant)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def is_final(self) -> bool:
        return self.state in FINAL_STATES


class OperationStep(Base):
    """`state`: pending, running, done, failed, undoing, undone."""

    __tablename__ = "operation_steps"

    operation_id: Mapped[str] = mapped_column(
        ForeignKey("operations.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    title: Mapped[str]
    weight: Mapped[int]
    state: Mapped[str]
    progress: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    undo_attempts: Mapped[int] = mapped_column(default=0)
    output: Mapped[Json | None]
    error: Mapped[str | None]
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class OperationLogLine(Base):
    """`level`: info, warning, error. Lines of one operation are read in the order of `id`."""

    __tablename__ = "operation_log_lines"
    __table_args__ = (Index(None, "operation_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    operation_id: Mapped[str] = mapped_column(ForeignKey("operations.id", ondelete="CASCADE"))
    step: Mapped[str | None]
    level: Mapped[str]
    message: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
