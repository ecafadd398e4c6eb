"""How an operation looks from outside: to the API, the terminal and the live pages alike."""

from datetime import datetime

import msgspec

from serai.modules.operations.models import Operation, OperationLogLine, OperationStep


class StepView(msgspec.Struct, frozen=True):
    name: str
    title: str
    state: str
    progress: int
    attempts: int
    undo_attempts: int
    error: str | None
    started_at: datetime | None
    finished_at: datetime | None
    duration_ms: int | None


class LogLineView(msgspec.Struct, frozen=True):
    id: int
    at: datetime
    step: str | None
    level: str
    message: str


class OperationView(msgspec.Struct, frozen=True, omit_defaults=False):
    """`progress` in percent; `finished` is true once nothing more will change."""

    id: str
    kind: str
    title: str
    subject: str
    subject_name: str
    account_id: str | None
    state: str
    progress: int
    error: str | None
    undo_error: str | None
    cancel_requested: bool
    cancellable: bool
    finished: bool
    actor: dict[str, str | None]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    duration_ms: int | None


class OperationSnapshot(OperationView, frozen=True):
    """The whole of it: the steps, and the log lines after the one the reader had last."""

    steps: tuple[StepView, ...] = ()
    logs: tuple[LogLineView, ...] = ()


def duration_ms(start: datetime | None, end: datetime | None) -> int | None:
    return round((end - start).total_seconds() * 1000) if start and end else None


def step_view(step: OperationStep) -> StepView:
    return StepView(
        name=step.name, title=step.title, state=step.state, progress=step.progress,
        attempts=step.attempts, undo_attempts=step.undo_attempts, error=step.error,
        started_at=step.started_at, finished_at=step.finished_at,
        duration_ms=duration_ms(step.started_at, step.finished_at),
    )  # fmt: skip


def log_line_view(line: OperationLogLine) -> LogLineView:
    return LogLineView(id=line.id, at=line.at, step=line.step, level=line.level, message=line.message)


def operation_fields(operation: Operation, title: str, *, cancellable: bool) -> dict[str, object]:
    return {
        "id": operation.id,
        "kind": operation.kind,
        "title": title,
        "subject": operation.subject.partition("@")[0],
        "subject_name": operation.subject_name,
        "account_id": operation.account_id,
        "state": operation.state,
        "progress": operation.progress,
        "error": operation.error,
        "undo_error": operation.undo_error,
        "cancel_requested": operation.cancel_requested,
        "cancellable": cancellable and not operation.is_final and operation.state != "undoing",
        "finished": operation.is_final,
        "actor": operation.actor,
        "created_at": operation.created_at,
        "started_at": operation.started_at,
        "finished_at": operation.finished_at,
        "duration_ms": duration_ms(operation.started_at, operation.finished_at),
    }
