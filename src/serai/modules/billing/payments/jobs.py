"""The jobs that wait for a gateway. Each gateway has a few lanes (ADR 21): one that is slow holds its own
back and no other's. When to ask again is said by what is asked about, not by the queue."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from serai.kit import clock, jobs
from serai.kit.db import Session
from serai.modules.billing.payments import paying, queries, reconciling, refunds, webhook_events
from serai.modules.billing.payments.gateways import Gateways
from serai.modules.billing.payments.lanes import LONGEST_SECONDS, lane
from serai.modules.billing.payments.models import Payment, PaymentRefund, WebhookEvent
from serai.modules.billing.payments.queries import Due

_CHECK, _REFUND, _PAYOUTS = "billing.check_payment", "billing.send_refund", "billing.fetch_payouts"
_NOTICES_SINCE, _NOTICES_UNTIL = timedelta(days=3), timedelta(minutes=5)
_PAGE = 100  # of each gateway: the queue grows slow with what waits for a lane


@jobs.task("billing.queue_payments", queue=jobs.SCHEDULES)
async def queue_payments(job: jobs.Job) -> None:
    async with job.database.transaction() as session:
        unqueued = jobs.unqueued(_CHECK, Payment.id)
        due = await queries.due_for_check(session, clock.now(), _PAGE, unqueued)
        await _defer(session, _CHECK, "payment_id", due)


@jobs.task(_CHECK, queue=jobs.PAYMENTS)
async def check_payment(job: jobs.Job, payment_id: str) -> None:
    await paying.sync_if_due(job.tool(Gateways), payment_id)


@jobs.task("billing.queue_refunds", queue=jobs.SCHEDULES)
async def queue_refunds(job: jobs.Job) -> None:
    async with job.database.transaction() as session:
        unqueued = jobs.unqueued(_REFUND, PaymentRefund.id)
        due = await queries.refunds_due(session, clock.now(), _PAGE, unqueued)
        await _defer(session, _REFUND, "refund_id", due)


@jobs.task(_REFUND, queue=jobs.PAYMENTS)
async def send_refund(job: jobs.Job, refund_id: str) -> None:
    await refunds.carry_out_if_due(job.tool(Gateways), refund_id)


@jobs.task("billing.queue_payouts", queue=jobs.SCHEDULES)
async def queue_payouts(job: jobs.Job) -> None:
    async with job.database.transaction() as session:
        keys = await reconciling.gateways_with_payouts(session)
        await _defer(session, _PAYOUTS, "gateway", [Due(key, key) for key in keys])


@jobs.task(_PAYOUTS, queue=jobs.PAYMENTS)
async def fetch_payouts(job: jobs.Job, gateway: str) -> None:
    async with asyncio.timeout(LONGEST_SECONDS):
        await reconciling.fetch(job.tool(Gateways), gateway)


@jobs.task("billing.queue_notices", queue=jobs.SCHEDULES)
async def queue_notices(job: jobs.Job) -> None:
    """Their own jobs handle them at once; these are for those whose worker ended meanwhile."""
    now = clock.now()
    async with job.database.transaction() as session:
        unqueued = jobs.unqueued(webhook_events.JOB, WebhookEvent.id)
        due = await queries.notices_left(session, (now - _NOTICES_SINCE, now - _NOTICES_UNTIL), _PAGE, unqueued)
        await _defer(session, webhook_events.JOB, "notice_id", due)


@jobs.task(webhook_events.JOB, queue=jobs.PAYMENTS)
async def handle_notice(job: jobs.Job, notice_id: str) -> None:
    await webhook_events.handle(job.tool(Gateways), notice_id)


async def _defer(session: Session, name: str, argument: str, due: Sequence[Due]) -> None:
    locks = {each.id: lane(each.gateway, each.about or each.id) for each in due}
    await jobs.defer_each(session, name, argument, locks, lock=locks.__getitem__)
