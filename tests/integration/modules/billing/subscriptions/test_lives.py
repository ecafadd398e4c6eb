"""Subscriptions from order to end, with the money that goes with it."""

from datetime import UTC, datetime, timedelta

import pytest

from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.modules.billing import subscriptions
from serai.modules.billing.errors import WrongStatus
from serai.modules.billing.subscriptions import Choice


def day(month: int, number: int, hour: int = 12) -> datetime:
    return datetime(2026, month, number, hour, tzinfo=UTC)


async def test_a_trial_begins_at_once_and_is_billed_when_it_ends(shop, buyer):
    made = await shop.order(buyer, trial=True)
    assert made.begins
    assert made.state.status == "trialing"
    assert made.state.trial_end == day(3, 15)
    await shop.at(day(3, 15))
    state = await shop.state(made.state)
    assert (state.status, state.period_start, state.period_end) == ("active", day(3, 15), day(4, 15))
    (invoice,) = await shop.invoices(buyer)
    assert (invoice.state, invoice.total, invoice.number) == ("open", 1000, "INV-000001")
    await shop.books_hold()


async def test_a_second_trial_of_the_same_product_is_none(shop, buyer):
    await shop.order(buyer, trial=True)
    again = await shop.order(buyer, trial=True)
    assert not again.begins
    assert again.to_pay.total == 1000


async def test_the_wallet_pays_an_order_and_every_renewal(shop, buyer):
    await shop.fill(buyer, 2500)
    made = await shop.order(buyer)
    assert made.state.status == "active"
    assert await shop.wallet(buyer) == 1500
    await shop.at(day(4, 1))
    await shop.at(day(5, 1))
    invoices = await shop.invoices(buyer)
    assert [(i.state, i.total, i.paid) for i in invoices] == [
        ("paid", 1000, 1000), ("paid", 1000, 1000), ("open", 1000, 500)
    ]  # fmt: skip
    assert await shop.wallet(buyer) == 0
    await shop.books_hold()


async def test_an_order_nobody_pays_is_given_up_after_a_day(shop, buyer):
    made = await shop.order(buyer, "scarce")
    assert made.to_pay.state == "draft"
    await shop.at(clock.now() + timedelta(hours=24))
    state = await shop.state(made.state)
    assert (state.status, state.reason) == ("ended", "not_paid")
    (invoice,) = await shop.invoices(buyer)
    assert (invoice.state, invoice.number) == ("void", None)
    assert (await shop.order(buyer, "scarce")).to_pay is not None


async def test_an_upgrade_now_is_charged_for_the_rest_of_the_period(shop, buyer):
    await shop.fill(buyer, 10_000)
    made = await shop.order(buyer)
    shop.clock.move(timedelta(days=15, hours=12))  # half of March's 31 days
    sync = await shop.do(
        subscriptions.preview_change, buyer, made.state.id, Choice("shop", "business", "monthly"), "now"
    )
    assert sync.now.total == 1500 - 500
    _state, invoice = await shop.do(
        subscriptions.change, buyer, made.state.id, Choice("shop", "business", "monthly"), "now"
    )
    assert [(line.kind, line.amount) for line in await shop.lines(invoice)] == [
        ("credit", -500),
        ("proration", 1500),
    ]
    assert await shop.wallet(buyer) == 10_000 - 1000 - 1000
    await shop.at(day(4, 1))
    assert (await shop.invoices(buyer))[-1].total == 3000
    await shop.books_hold()


async def test_a_downgrade_now_is_credited_to_the_wallet(shop, buyer):
    await shop.fill(buyer, 3000)
    made = await shop.order(buyer, "business")
    shop.clock.move(timedelta(days=15, hours=12))
    await shop.do(subscriptions.change, buyer, made.state.id, Choice("shop", "starter", "monthly"), "now")
    first, note, second = await shop.invoices(buyer)
    assert (note.kind, note.total, note.of_invoice_id, note.number) == (
        "credit_note",
        1500,
        first.id,
        "INV-CN-000001",
    )
    assert (second.total, second.state) == (500, "paid")
    assert await shop.wallet(buyer) == 1000
    await shop.books_hold()


async def test_a_downgrade_at_the_end_waits_for_the_renewal(shop, buyer):
    await shop.fill(buyer, 4000)
    made = await shop.order(buyer, "business")
    await shop.do(
        subscriptions.change, buyer, made.state.id, Choice("shop", "starter", "monthly"), "period_end"
    )
    assert (await shop.state(made.state)).plan.base.package == "business"
    await shop.at(day(4, 1))
    state = await shop.state(made.state)
    assert (state.plan.base.package, state.pending) == ("starter", None)
    assert await shop.wallet(buyer) == 0


async def test_another_length_of_period_begins_anew(shop, buyer):
    await shop.fill(buyer, 20_000)
    made = await shop.order(buyer)
    shop.clock.move(timedelta(days=15, hours=12))
    state, invoice = await shop.do(
        subscriptions.change, buyer, made.state.id, Choice("shop", "starter", "yearly"), "now"
    )
    assert invoice.total == 10_000 - 500
    assert state.period_end == datetime(2027, 3, 17, tzinfo=UTC)
    await shop.books_hold()


async def test_cancelling_now_credits_what_is_left(shop, buyer):
    await shop.fill(buyer, 1000)
    made = await shop.order(buyer)
    shop.clock.move(timedelta(days=15, hours=12))
    state = await shop.do(subscriptions.cancel, buyer, made.state.id, "now")
    assert state.status == "cancelled"
    assert await shop.wallet(buyer) == 500
    with pytest.raises(WrongStatus):
        await shop.do(subscriptions.cancel, buyer, made.state.id, "now")
    await shop.books_hold()


async def test_cancelling_at_the_end_can_be_taken_back(shop, buyer):
    await shop.fill(buyer, 5000)
    made = await shop.order(buyer)
    await shop.do(subscriptions.cancel, buyer, made.state.id, "period_end")
    await shop.do(subscriptions.withdraw_cancellation, buyer, made.state.id)
    await shop.at(day(4, 1))
    assert (await shop.state(made.state)).status == "active"
    await shop.do(subscriptions.cancel, buyer, made.state.id, "period_end")
    await shop.at(day(5, 1))
    assert (await shop.state(made.state)).status == "cancelled"
    assert len(await shop.invoices(buyer)) == 2


async def test_a_pause_keeps_what_was_paid(shop, buyer):
    await shop.fill(buyer, 2000)
    made = await shop.order(buyer)
    shop.clock.move(timedelta(days=10))
    await shop.do(subscriptions.pause, buyer, made.state.id, "now")
    await shop.at(day(5, 1))
    assert (await shop.state(made.state)).status == "paused"
    state = await shop.do(subscriptions.resume, buyer, made.state.id)
    assert state.period_end == day(5, 22)
    await shop.at(day(5, 22))
    assert len(await shop.invoices(buyer)) == 2
    assert (await shop.state(made.state)).period_end == day(6, 22)


async def test_what_could_not_be_delivered_is_given_back_whole(shop, buyer):
    await shop.fill(buyer, 1000)
    made = await shop.order(buyer)
    shop.clock.move(timedelta(minutes=5))
    await shop.do(subscriptions.give_back, SYSTEM, made.state.id, "launch_failed")
    assert await shop.wallet(buyer) == 1000
    await shop.do(subscriptions.give_back, SYSTEM, made.state.id, "launch_failed")
    assert await shop.wallet(buyer) == 1000
    await shop.books_hold()


async def test_state_is_what_the_history_says(shop, buyer):
    await shop.fill(buyer, 50_000)
    made = await shop.order(buyer, addons={"disk": 2})
    await shop.at(day(4, 1))
    await shop.do(
        subscriptions.change,
        buyer,
        made.state.id,
        Choice("shop", "business", "monthly", addons={"disk": 3}),
        "now",
    )
    await shop.at(day(5, 3))
    await shop.do(subscriptions.pause, buyer, made.state.id, "now")
    await shop.do(subscriptions.resume, buyer, made.state.id)
    rebuilt = await shop.do(subscriptions.rebuild, made.state.id)
    assert rebuilt == await shop.state(made.state)
    assert rebuilt.version > 6


async def test_up_and_down_again_gives_back_no_more_than_was_charged(shop, buyer):
    """What the second change gives back is more than the first change's invoice came to."""
    await shop.fill(buyer, 10_000)
    made = await shop.order(buyer)
    shop.clock.move(timedelta(days=1))
    await shop.do(subscriptions.change, buyer, made.state.id, Choice("shop", "business", "monthly"), "now")
    before = await shop.wallet(buyer)
    shop.clock.move(timedelta(days=1))
    await shop.do(subscriptions.cancel, buyer, made.state.id, "now")
    given_back = await shop.wallet(buyer) - before
    assert given_back == round(3000 * 29 / 31)
    notes = [each for each in await shop.invoices(buyer) if each.kind == "credit_note"]
    assert sum(each.total for each in notes) == given_back
    assert len({each.of_invoice_id for each in notes}) == 2
    await shop.books_hold()


async def test_invoices_with_terms_are_collected_when_they_are_due(shop, buyer):
    await shop.fill(buyer, 1000)
    await shop.profile(buyer, terms_days=14)
    await shop.order(buyer)
    await shop.work(day(4, 1))
    invoice = (await shop.invoices(buyer))[-1]
    assert (invoice.due_at, invoice.collect_at, invoice.dunning_since) == (day(4, 15), day(4, 15), None)
    await shop.work(day(4, 15))
    assert (await shop.invoices(buyer))[-1].dunning_since == day(4, 15)
