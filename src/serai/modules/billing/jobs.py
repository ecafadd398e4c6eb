"""What the worker does for billing. Schedules find what is due and queue a job for each, so that one that
is slow or fails delays its own alone (ADR 21). All of it may be late, and may be done twice."""

from serai.kit import clock, jobs
from serai.kit.actor import SYSTEM
from serai.modules.billing import notifications, revenue_recognition, wallets
from serai.modules.billing.invoices import queries as invoice_queries
from serai.modules.billing.invoices.models import Invoice
from serai.modules.billing.payments import collecting, topping_up
from serai.modules.billing.payments.gateways import Gateways
from serai.modules.billing.subscriptions import queries as subscription_queries
from serai.modules.billing.subscriptions import renewal_run
from serai.modules.billing.subscriptions.models import Subscription
from serai.modules.billing.usage import watching

_RENEW, _RENEW_ONE, _COLLECT, _MAIL = (
    "billing.renew", "billing.renew_subscription", "billing.collect_invoice", "billing.mail_invoice",
)  # fmt: skip
# Batches at once, over all workers. Of two, each could hold subscriptions of an account that gets one
# invoice a day, which would be two then; one batch renews hundreds a second.
_PARTS = 1
_PAGE = 200
_RETRIES = 10


@jobs.task("billing.queue_renewals", queue=jobs.SCHEDULES)
async def queue_renewals(job: jobs.Job) -> None:
    async with job.database.transaction() as session:
        unqueued = jobs.unqueued(_RENEW_ONE, Subscription.id)
        due = await subscription_queries.count_due(session, clock.now(), _PARTS * renewal_run.BATCH, unqueued)
        parts = [str(part) for part in range(-(-due // renewal_run.BATCH))]
        await jobs.defer_each(session, _RENEW, "part", parts)


@jobs.task(_RENEW, queue=jobs.BACKGROUND)
async def renew(job: jobs.Job, part: str) -> None:
    """One batch; those of it that fail are tried again one by one."""
    async with job.database.transaction() as session:
        waiting = set(await jobs.under_way(session, _RENEW_ONE))
    run = renewal_run.Run(failed=dict.fromkeys(waiting, "It has a job of its own."))
    done = await renewal_run.renew_some(job.database, run)
    async with job.database.transaction() as session:
        await jobs.defer_each(session, _RENEW_ONE, "subscription_id", sorted(run.failed.keys() - waiting))
        if done == renewal_run.BATCH:
            await jobs.defer_each(session, _RENEW, "part", [part])


@jobs.task(_RENEW_ONE, queue=jobs.BACKGROUND, retries=_RETRIES)
async def renew_subscription(job: jobs.Job, subscription_id: str) -> None:
    await renewal_run.renew_one(job.database, subscription_id)


@jobs.task("billing.queue_invoices", queue=jobs.SCHEDULES)
async def queue_invoices(job: jobs.Job) -> None:
    async with job.database.transaction() as session:
        unqueued = jobs.unqueued(_COLLECT, Invoice.id)
        due = await invoice_queries.collectable(session, clock.now(), _PAGE, unqueued)
        await jobs.defer_each(session, _COLLECT, "invoice_id", due)


@jobs.task(_COLLECT, queue=jobs.BACKGROUND, retries=_RETRIES)
async def collect_invoice(job: jobs.Job, invoice_id: str) -> None:
    async with job.database.transaction() as session:
        await collecting.begin(session, invoice_id, clock.now())


@jobs.task("billing.queue_invoice_mails", queue=jobs.SCHEDULES)
async def queue_invoice_mails(job: jobs.Job) -> None:
    async with job.database.transaction() as session:
        found = await invoice_queries.to_be_mailed(session, _PAGE, jobs.unqueued(_MAIL, Invoice.id))
        await jobs.defer_each(session, _MAIL, "invoice_id", found)


@jobs.task(_MAIL, queue=jobs.BACKGROUND, retries=_RETRIES)
async def mail_invoice(job: jobs.Job, invoice_id: str) -> None:
    await notifications.mail_invoice(job.database, job.tool(Gateways).public_url, invoice_id)


@jobs.task("billing.fill_wallets", queue=jobs.BACKGROUND)
async def fill_wallets(job: jobs.Job) -> None:
    await topping_up.begin_all(job.database)


@jobs.task("billing.recognise_revenue", queue=jobs.BACKGROUND)
async def recognise_revenue(job: jobs.Job) -> None:
    await revenue_recognition.recognise_all(job.database)


@jobs.task("billing.mail_trials", queue=jobs.BACKGROUND)
async def mail_trials(job: jobs.Job) -> None:
    async with job.database.transaction() as session:
        await notifications.mail_ending_trials(session)


@jobs.task("billing.mail_cards", queue=jobs.BACKGROUND)
async def mail_cards(job: jobs.Job) -> None:
    async with job.database.transaction() as session:
        await notifications.mail_expiring_cards(session)


@jobs.task("billing.release_holds", queue=jobs.BACKGROUND)
async def release_holds(job: jobs.Job) -> None:
    async with job.database.transaction() as session:
        await wallets.release_expired(session, SYSTEM)


@jobs.task("billing.watch_usage", queue=jobs.BACKGROUND)
async def watch_usage(job: jobs.Job) -> None:
    async with job.database.transaction() as session:
        await watching.watch(session)
