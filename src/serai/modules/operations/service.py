"""Ask for operations, read them, cancel and retry them."""

from collections.abc import Sequence

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from serai.kit import clock, events, ids, jobs
from serai.kit.actor import Actor
from serai.kit.db import Json, Session, notify
from serai.kit.i18n import _
from serai.modules.operations import policy, queries
from serai.modules.operations.errors import (
    NotCancellable,
    NotRetryable,
    OperationInProgress,
    OperationNotFound,
)
from serai.modules.operations.models import Operation, OperationStep
from serai.modules.operations.runner import percent_done
from serai.modules.operations.schemas import (
    OperationSnapshot,
    OperationView,
    log_line_view,
    operation_fields,
    step_view,
)
from serai.modules.operations.workflow import Workflow, workflow_of

_FIRST_LOG_LINES = 300
_RETRYABLE = ("failed", "cancelled")


async def enqueue(
    session: Session,
    actor: Actor,
    kind: str,
    *,
    subject: str,
    subject_name: str,
    account_id: str | None = None,
    input: Json | None = None,  # noqa: A002 - the field's own name
) -> Operation:
    """Write the operation, its steps, its job and its event into the caller's transaction.

    Raises OperationInProgress when another one is under way for the same subject.
    """
    workflow = workflow_of(kind)
    if not workflow.steps:
        raise ValueError(f"no workflow is called {kind}")
    operation = Operation(
        id=ids.new("op"), kind=kind, workflow_version=workflow.version,
        subject=subject, subject_name=subject_name,
        account_id=account_id, actor=actor.as_json(), state="queued", input=input or {},
        created_at=clock.now(),
    )  # fmt: skip
    await _add_once(session, operation)
    session.add_all(_fresh_steps(operation, workflow))
    await _queue(session, operation)
    await events.publish(session, actor, "operations.queued", operation.id, account_id, kind=kind, of=subject)
    return operation


async def get(session: Session, actor: Actor, operation_id: str) -> Operation:
    operation = await queries.find(session, actor, operation_id)
    if operation is None:
        raise OperationNotFound(_("There is no operation %(id)s.", id=operation_id))
    policy.READ.require(actor, account_id=operation.account_id)
    return operation


async def newest_of(session: Session, actor: Actor, subject: str) -> Operation | None:
    operation = await queries.newest_of(session, subject)
    visible = operation and actor.sees(operation.account_id)
    return operation if visible and policy.READ.allows(actor, account_id=actor.account_id) else None


async def is_busy(session: Session, subject: str) -> bool:
    """Whether an operation is under way for it, whoever may see that one."""
    operation = await queries.newest_of(session, subject)
    return operation is not None and not operation.is_final


async def allowed_actions(session: Session, actor: Actor, operation: Operation) -> frozenset[str]:
    """Of cancel and retry, what the actor may ask for; retry also beforehand, for when it should fail."""
    if not policy.MANAGE.allows(actor, account_id=operation.account_id) or operation.state == "succeeded":
        return frozenset()
    if operation.state in _RETRYABLE:
        newest = await queries.newest_of(session, operation.subject)
        return frozenset({"retry"} if newest is None or newest.id == operation.id else ())
    cancellable = workflow_of(operation.kind).cancellable
    done_for = operation.state == "undoing" or operation.cancel_requested
    return frozenset({"retry", "cancel"} if cancellable and not done_for else {"retry"})


async def page(
    session: Session,
    actor: Actor,
    *,
    subject: str | None = None,
    state: str | None = None,
    kind: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> Sequence[Operation]:
    policy.READ.require(actor, account_id=actor.account_id)
    return await queries.page(
        session, actor, subject=subject, state=state, kind=kind, before=before, limit=limit
    )


async def snapshot(session: Session, actor: Actor, operation_id: str, after: int = 0) -> OperationSnapshot:
    """The operation with its steps and the log lines after line `after`."""
    operation = await get(session, actor, operation_id)
    steps = await queries.steps(session, operation_id)
    if after:
        lines = await queries.log_lines(session, operation_id, after)
    else:
        lines = await queries.log_tail(session, operation_id, _FIRST_LOG_LINES)
    fields = _fields(operation)
    if not operation.is_final:
        fields["progress"] = percent_done(steps)
    return OperationSnapshot(
        **fields,  # type: ignore[arg-type]
        steps=tuple(step_view(step) for step in steps),
        logs=tuple(log_line_view(line) for line in lines),
    )


def view(operation: Operation) -> OperationView:
    return OperationView(**_fields(operation))  # type: ignore[arg-type]


async def cancel(session: Session, actor: Actor, operation_id: str) -> Operation:
    """Ask for the operation to be given up; what it did is undone by the worker that runs it."""
    operation = await get(session, actor, operation_id)
    policy.MANAGE.require(actor, account_id=operation.account_id)
    if not workflow_of(operation.kind).cancellable:
        raise NotCancellable(
            _("This operation cannot be cancelled: half of it would help nobody. Let it finish.")
        )
    if operation.is_final or operation.state == "undoing":
        raise NotCancellable(_("The operation is over, or being undone already; there is nothing to cancel."))
    await queries.set_operation(session, operation.id, cancel_requested=True)
    await events.publish(session, actor, "operations.cancel_requested", operation.id, operation.account_id)
    await notify(session, queries.CHANNEL, operation.id)
    await session.refresh(operation)
    return operation


async def retry(session: Session, actor: Actor, operation_id: str) -> Operation:
    """Queue a failed or cancelled operation again, from the first of the steps of today."""
    operation = await get(session, actor, operation_id)
    policy.MANAGE.require(actor, account_id=operation.account_id)
    await session.refresh(operation, with_for_update=True)
    if operation.state not in _RETRYABLE:
        raise NotRetryable(_("Only failed or cancelled operations can be retried."))
    newest = await queries.newest_of(session, operation.subject)
    if newest is not None and newest.id != operation.id:
        raise NotRetryable(_("A later operation, %(id)s, has taken the place of this one.", id=newest.id))
    workflow = workflow_of(operation.kind)
    if not workflow.steps:
        raise NotRetryable(_("Serai no longer does operations of this kind."))
    # First what the operation is about, as every other change of it does: no deadlock.
    await workflow.reopened(session, operation)
    await _activate_once(session, operation, workflow.version)
    await session.execute(delete(OperationStep).where(OperationStep.operation_id == operation.id))
    session.add_all(_fresh_steps(operation, workflow))
    await _queue(session, operation)
    await events.publish(session, actor, "operations.retried", operation.id, operation.account_id)
    await notify(session, queries.CHANNEL, operation.id)
    return operation


def _fields(operation: Operation) -> dict[str, object]:
    workflow = workflow_of(operation.kind)
    return operation_fields(operation, workflow.title, cancellable=workflow.cancellable)


async def _add_once(session: Session, operation: Operation) -> None:
    name = operation.subject_name
    try:
        async with session.begin_nested():
            session.add(operation)
    except IntegrityError as error:
        raise _in_progress(name) from error


async def _activate_once(session: Session, operation: Operation, version: int) -> None:
    name = operation.subject_name
    try:
        async with session.begin_nested():
            operation.workflow_version = version
            operation.state, operation.progress, operation.cancel_requested = "queued", 0, False
            operation.error = operation.undo_error = None
            operation.claims, operation.claimed_at = 0, None
            operation.started_at = operation.finished_at = None
    except IntegrityError as error:
        raise _in_progress(name) from error


def _in_progress(name: str) -> OperationInProgress:
    return OperationInProgress(
        _("Another operation is under way for %(name)s. Wait for it to end, or cancel it.", name=name)
    )


def _fresh_steps(operation: Operation, workflow: Workflow) -> list[OperationStep]:
    return [
        OperationStep(
            operation_id=operation.id,
            position=position,
            name=step.name,
            title=step.title,
            weight=step.weight,
            state="pending",
        )  # fmt: skip
        for position, step in enumerate(workflow.steps)
    ]


async def _queue(session: Session, operation: Operation) -> None:
    await session.flush()
    await jobs.defer(
        session, "operations.run", queue=workflow_of(operation.kind).queue,
        lock=operation.subject, operation_id=operation.id,
    )  # fmt: skip
