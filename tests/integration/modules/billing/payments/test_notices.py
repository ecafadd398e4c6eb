"""Webhooks: a reason to ask, once, in any order; believed in nothing else."""

import json
from datetime import timedelta

import pytest

from serai.contracts.payments import Charge, Payer, WebhookRefused
from serai.kit import jobs
from serai.kit.money import Money
from serai.modules import billing
from serai.modules.billing.payments import PaymentIntent


@pytest.fixture
async def sent(shop, monkeypatch):
    """What the sandbox sends us, kept instead of delivered."""
    kept = []

    async def keep(url, headers, body):
        kept.append(({name.lower(): value for name, value in headers.items()}, body))

    monkeypatch.setattr(shop.gateways, "_send", keep)
    await shop.open_sandbox()
    return kept


async def handle_all(shop) -> int:
    job = jobs.Job(shop.world.database, "test", shop.world.platform.tools)
    rows = await shop.rows(
        "SELECT id, args FROM procrastinate_jobs WHERE task_name = 'billing.notice' ORDER BY id DESC"
    )
    for row in rows:
        await jobs.tasks()["billing.notice"].run(job, **row["args"])
    await shop.rows("DELETE FROM procrastinate_jobs WHERE task_name = 'billing.notice' RETURNING id")
    return len(rows)


async def test_a_notice_makes_us_ask_and_repeats_change_nothing(shop, buyer, sent):
    made = await shop.order(buyer)
    payment = await shop.do(
        billing.payments.paying.pay_invoice, buyer, made.to_pay.id, PaymentIntent(gateway="sandbox")
    )
    begun = await billing.payments.paying.start(shop.gateways, payment.id)
    gateway = await shop.gateways.get("sandbox")
    await gateway.submit(begun.reference, {"number": "4242424242424242", "expires": "12/34"})
    for headers, body in [*reversed(sent), *sent]:
        await billing.payments.webhook_events.receive(shop.gateways, "sandbox", headers, body)
    assert await handle_all(shop) == len(sent)
    assert (await shop.state(made.state)).status == "active"
    before = await shop.rows("SELECT count(*) AS n FROM ledger_transfers")
    for headers, body in sent:
        assert not await billing.payments.webhook_events.receive(shop.gateways, "sandbox", headers, body)
    assert await handle_all(shop) == 0
    assert await shop.rows("SELECT count(*) AS n FROM ledger_transfers") == before
    await shop.books_hold()


async def test_a_notice_whose_worker_ended_in_the_middle_is_handled_all_the_same(shop, buyer, sent):
    made = await shop.order(buyer)
    payment = await shop.do(
        billing.payments.paying.pay_invoice, buyer, made.to_pay.id, PaymentIntent(gateway="sandbox")
    )
    begun = await billing.payments.paying.start(shop.gateways, payment.id)
    gateway = await shop.gateways.get("sandbox")
    await gateway.submit(begun.reference, {"number": "4242424242424242", "expires": "12/34"})
    for headers, body in sent:
        await billing.payments.webhook_events.receive(shop.gateways, "sandbox", headers, body)
    await shop.rows("DELETE FROM procrastinate_jobs RETURNING id")
    await shop.rows("UPDATE payments SET next_check_at = NULL RETURNING id")
    await shop.world.run_schedules("billing.queue_notices")
    assert (await shop.state(made.state)).status == "incomplete"
    shop.clock.move(timedelta(minutes=6))
    await shop.world.run_schedules("billing.queue_notices")
    assert (await shop.state(made.state)).status == "active"
    assert await shop.rows("SELECT id FROM gateway_notices WHERE handled_at IS NULL") == []


async def test_a_forged_notice_is_refused_and_kept_nowhere(shop, buyer, sent):
    made = await shop.order(buyer)
    await shop.pay(buyer, made.to_pay)
    headers, body = sent[-1]
    forged = json.dumps(json.loads(body) | {"charge": "pay_other"}).encode()
    with pytest.raises(WebhookRefused):
        await billing.payments.webhook_events.receive(shop.gateways, "sandbox", headers, forged)
    assert await shop.rows("SELECT id FROM gateway_notices") == []


async def test_a_notice_about_nothing_of_ours_moves_nothing(shop, buyer, sent):
    gateway = await shop.gateways.get("sandbox")
    payer = Payer(buyer.account_id, "x", "x@example.com")
    charge = Charge(
        "pay_elsewhere", Money(1000, "USD"), "x", payer, "http://localhost/r", "http://localhost/n"
    )
    begun = await gateway.start(charge)
    await gateway.submit(begun.reference, {"number": "4242424242424242", "expires": "12/34"})
    assert sent
    for headers, body in sent:
        await billing.payments.webhook_events.receive(shop.gateways, "sandbox", headers, body)
    await handle_all(shop)
    assert {row["result"] for row in await shop.rows("SELECT result FROM gateway_notices")} == {
        "about nothing of ours"
    }
    assert await shop.rows("SELECT id FROM ledger_transfers") == []
