"""One that fails or waits keeps no other from its turn."""

from datetime import timedelta

import pytest

from serai import worker
from serai.kit import clock, jobs
from serai.modules import billing
from serai.modules.billing.payments import Payment
from serai.modules.billing.subscriptions import renewal_run
from tests.integration.modules.billing.shop import Shop


async def turn(shop: Shop, *tasks: str) -> None:
    """What schedules queue is run by the real queue, once."""
    job = jobs.Job(shop.world.database, "test", shop.world.platform.tools)
    for name in tasks:
        await jobs.tasks()[name].run(job)
    app = worker.queue_app(shop.world.worker_platform, "test")
    async with app.open_async():
        await app.run_worker_async(
            queues=[jobs.BACKGROUND], wait=False, install_signal_handlers=False, delete_jobs="successful"
        )


async def test_a_subscription_that_cannot_be_renewed_is_tried_again_by_itself(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for _ in range(3):
        buyer = await shop.world.account()
        await shop.fill(buyer, 100_000)
        made.append((await shop.order(buyer)).state)
    bad, *good = made
    real, tried = renewal_run._renew, []

    async def fails(session, rows):
        if any(row.id == bad.id for row in rows):
            tried.append(len(rows))
            raise RuntimeError("broken")
        await real(session, rows)

    monkeypatch.setattr(renewal_run, "_renew", fails)
    shop.clock.move((await shop.state(bad)).period_end - clock.now())
    for _ in range(2):
        await turn(shop, "billing.queue_renewals")
        for each in good:
            assert (await shop.state(each)).period_end > clock.now()
        (waiting,) = await shop.rows(
            "SELECT task_name, args, attempts, scheduled_at > now() AS later FROM procrastinate_jobs"
            " WHERE status <> 'succeeded' AND task_name LIKE 'billing.%'"
        )
        assert waiting == {
            "task_name": "billing.renew_subscription", "args": {"subscription_id": bad.id}, "attempts": 1,
            "later": True,
        }  # fmt: skip
    job = jobs.Job(shop.world.database, "test", None)
    await jobs.tasks()["billing.renew"].run(job, part="0")  # others are due, say
    assert tried == [3, 1, 1], "in the batch, by itself, and as a job of its own; then it waits"
    await jobs.tasks()["billing.queue_renewals"].run(job)
    assert await shop.rows("SELECT id FROM procrastinate_jobs WHERE task_name = 'billing.renew'") == []
    monkeypatch.undo()
    await shop.rows("UPDATE procrastinate_jobs SET scheduled_at = NULL RETURNING id")
    await turn(shop)
    assert (await shop.state(bad)).period_end > clock.now()


async def test_what_waits_for_one_gateway_hides_no_payment_of_another(shop: Shop) -> None:
    actor, now = await shop.world.account(), clock.now()
    async with shop.world.database.transaction() as session:
        session.add_all(
            Payment(
                id=f"pay_{gateway}{number}", account_id=actor.account_id, key=f"{gateway}{number}",
                gateway=gateway, method_id=None, purpose="top_up", invoice_id=None, currency="USD", amount=1,
                refunded=0, fee=None, state="pending", reference=None, off_session=False, save_method=False,
                redirect_url=None, return_path="/", details={}, error=None, error_code=None, checks=0,
                next_check_at=now - timedelta(minutes=late) + timedelta(seconds=number), created_at=now, settled_at=None,
            )
            for gateway, late in (("slow", 60), ("quick", 1)) for number in range(3)
        )  # fmt: skip
    found = await shop.do(billing.payments.queries.due_for_check, now, 2)
    assert [each.id for each in found] == ["pay_slow0", "pay_slow1", "pay_quick0", "pay_quick1"]
    unqueued = jobs.unqueued("billing.check_payment", Payment.id)
    job = jobs.Job(shop.world.database, "test", shop.world.platform.tools)
    for _ in range(2):
        await jobs.tasks()["billing.queue_payments"].run(job)
    queued = await shop.rows("SELECT lock FROM procrastinate_jobs WHERE task_name = 'billing.check_payment'")
    assert sorted(each["lock"].rpartition(":")[0] for each in queued) == ["gateway:quick"] * 3 + ["gateway:slow"] * 3
    assert await shop.do(billing.payments.queries.due_for_check, now, 2, unqueued) == []
