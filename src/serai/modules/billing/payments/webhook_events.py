"""Webhooks: verified over the raw body, kept, and answered by asking the gateway. Once, in any order."""

import asyncio
from collections.abc import Mapping

from serai.kit import clock, ids, jobs
from serai.kit.errors import SeraiError
from serai.modules.billing.payments import paying, queries, recording
from serai.modules.billing.payments.gateways import Gateways
from serai.modules.billing.payments.lanes import LONGEST_SECONDS, lane
from serai.modules.billing.payments.models import Payment, WebhookEvent

JOB = "billing.notice"


async def receive(gateways: Gateways, key: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Keep what a gateway says and look at what it is about, as a job. False for one that came before.

    Raises WebhookRefused for a wrong signature, GatewayNotFound, Unavailable (the gateway will send it again).
    """
    gateway = await gateways.get(key, even_off=True)
    notice = await gateway.read_webhook(headers, body)
    row = {
        "id": ids.new("ntc"), "gateway": key, "event_id": notice.event_id, "kind": notice.kind,
        "charge_id": notice.charge_id, "reference": notice.reference, "body": body,
        "received_at": clock.now(), "handled_at": None, "result": None,
    }  # fmt: skip
    async with gateways.database.transaction() as session:
        if not await queries.keep_notice(session, row):
            return False
        about = notice.charge_id or notice.reference or notice.event_id
        await jobs.defer(session, JOB, lock=lane(key, about), notice_id=row["id"])
    return True


async def handle(gateways: Gateways, notice_id: str) -> None:
    """Ask how the payment stands. May be repeated."""
    async with gateways.database.transaction() as session:
        notice = await session.get_one(WebhookEvent, notice_id)
        payment = None
        if notice.charge_id:
            payment = await session.get(Payment, notice.charge_id)
        if payment is None and notice.reference:
            payment = await queries.by_reference(session, notice.gateway, notice.reference)
    result = "about nothing of ours"
    if payment is not None and payment.gateway == notice.gateway:
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                result = (await paying.sync(gateways, payment.id)).state
        except (SeraiError, TimeoutError) as error:
            result = f"asked in vain: {getattr(error, 'message', 'no answer')}"
            async with gateways.database.transaction() as session:
                await recording.look_soon(session, payment.id)
    async with gateways.database.transaction() as session:
        row = await session.get_one(WebhookEvent, notice_id)
        row.handled_at, row.result = clock.now(), result
