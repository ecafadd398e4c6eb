"""The engine's jobs: run an operation, and find those that nobody carries on."""

from serai.kit import jobs
from serai.kit.db import Session
from serai.modules.operations import queries, runner
from serai.modules.operations.workflow import workflow_of


@jobs.task("operations.run")
async def run(job: jobs.Job, operation_id: str) -> None:
    await runner.run(job.database, operation_id, job.worker, job.tools)


async def requeue_forgotten(session: Session) -> int:
    """Give every active operation without a job a new one; how many there were."""
    forgotten = await queries.without_job(session)
    for operation_id, kind, subject in forgotten:
        await jobs.defer(
            session, "operations.run", queue=workflow_of(kind).queue, lock=subject,
            operation_id=operation_id,
        )  # fmt: skip
    return len(forgotten)
