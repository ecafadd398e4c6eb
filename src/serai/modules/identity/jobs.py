"""What is done for identity now and then."""

from serai.kit import jobs
from serai.kit.secrets import Vault
from serai.modules import identity


@jobs.task("identity.forget_sessions", queue=jobs.BACKGROUND)
async def forget_sessions(job: jobs.Job) -> None:
    async with job.database.transaction() as session:
        await identity.sessions.forget_expired(session)


@jobs.task("identity.forget_grants", queue=jobs.BACKGROUND)
async def forget_grants(job: jobs.Job) -> None:
    async with job.database.transaction() as session:
        await identity.provider.forget_old(session)


@jobs.task("identity.renew_signing_keys", queue=jobs.BACKGROUND)
async def renew_signing_keys(job: jobs.Job) -> None:
    async with job.database.transaction() as session:
        await identity.signing_keys.keep_fresh(session, job.tool(Vault))
