"""What is done for notifications now and then."""

from serai.kit import clock, jobs
from serai.kit.settings import Settings
from serai.modules.notifications import bell_queries, digest, upkeep

_DIGEST = "notifications.mail_digest"
_AT_ONCE = 100


@jobs.task("notifications.queue_digests", queue=jobs.SCHEDULES)
async def queue_digests(job: jobs.Job) -> None:
    async with job.database.transaction() as session:
        users = await bell_queries.due_for_digest(session, clock.now() - digest.EVERY, _AT_ONCE)
        await jobs.defer_each(session, _DIGEST, "user_id", users)


@jobs.task(_DIGEST, queue=jobs.BACKGROUND, retries=10)
async def mail_digest(job: jobs.Job, user_id: str) -> None:
    async with job.database.transaction() as session:
        await digest.send_digest(session, user_id)


@jobs.task("notifications.forget_old", queue=jobs.BACKGROUND)
async def forget_old(job: jobs.Job) -> None:
    await upkeep.tidy(job.database, job.tool(Settings))
