"""/api/v1/subscriptions, /invoices, /wallet, /usage: what pages do, as JSON."""

import pytest

from serai.kit.clock import MovableClock
from tests.client import Client
from tests.integration.api.conftest import Api
from tests.integration.modules.billing.products import shop_blueprint
from tests.integration.modules.billing.shop import Shop

ORDER = {
    "product": "shop", "package": "starter", "period": "monthly", "name": "acme", "email": "sara@example.com",
    "trial": False,
}  # fmt: skip


@pytest.fixture
async def shop(api: Api, moving: MovableClock) -> Shop:
    await api.world.product(shop_blueprint())
    made = Shop(api.world, moving)
    await made.open_sandbox()
    return made


async def paid(api: Api, shop: Shop) -> dict:
    await shop.fill(api.actor, 100_000)
    answer = await api.post("/api/v1/launches", ORDER)
    assert answer.status == 202, answer
    return (await api.get("/api/v1/subscriptions")).json["data"][0]


async def test_an_order_that_has_to_be_paid_says_so_and_is_paid_at_the_gateway(api: Api, shop: Shop):
    made = (await api.post("/api/v1/launches", ORDER)).json
    assert (made["launch"]["state"], made["operation"], made["to_pay"]["due"]) == (
        "awaiting_payment",
        None,
        1000,
    )
    answer = await api.post(f"/api/v1/invoices/{made['to_pay']['id']}/payments", {"gateway": "sandbox"})
    assert (answer.status, answer.json["state"]) == (202, "requires_action")
    assert "/sandbox/pay/" in answer.json["redirect_url"]


async def test_an_invoice_is_read_paid_and_printed(api: Api, shop: Shop):
    await paid(api, shop)
    (invoice,) = (await api.get("/api/v1/invoices")).json["data"]
    assert (invoice["number"], invoice["state"], invoice["total"], invoice["due"]) == (
        "INV-000001",
        "paid",
        1000,
        0,
    )
    detail = (await api.get(f"/api/v1/invoices/{invoice['number']}")).json
    assert [line["text"] for line in detail["lines"]] == ["Starter"]
    pdf = await api.get(f"/api/v1/invoices/{invoice['id']}/pdf?language=ar")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.body.startswith(b"%PDF-1.7")
    again = await api.post(f"/api/v1/invoices/{invoice['id']}/payments", {"gateway": "sandbox"})
    assert again.status == 422


async def test_a_plan_is_previewed_and_changed_unless_somebody_was_faster(api: Api, shop: Shop):
    found = await paid(api, shop)
    change = {"product": "shop", "package": "business", "period": "monthly", "version": found["version"]}
    path = f"/api/v1/subscriptions/{found['id']}"
    sync = (await api.post(f"{path}/preview", change)).json
    assert (sync["now"]["total"], sync["later"]["total"]) == (2000, 3000)
    done = (await api.post(f"{path}/change", change)).json
    assert (done["subscription"]["items"][0]["package"], done["invoice"]["total"]) == ("business", 2000)
    assert (await api.post(f"{path}/change", change | {"package": "starter"})).json[
        "code"
    ] == "billing.changed_meanwhile"
    events = (await api.get(f"{path}/events")).json["data"]
    assert [each["version"] for each in events] == list(range(1, len(events) + 1))


async def test_cancelling_pausing_and_going_on(api: Api, shop: Shop):
    path = f"/api/v1/subscriptions/{(await paid(api, shop))['id']}"
    assert (await api.post(f"{path}/cancel", {})).json["cancels_at_period_end"]
    assert not (await api.post(f"{path}/keep", {})).json["cancels_at_period_end"]
    assert (await api.post(f"{path}/pause", {"when": "now"})).json["status"] == "paused"
    assert (await api.post(f"{path}/pause", {"when": "now"})).json["code"] == "billing.wrong_status"
    assert (await api.post(f"{path}/resume", {})).json["status"] == "active"


async def test_the_same_key_tops_up_once(api: Api, shop: Shop):
    order = {"amount": 5000, "currency": "USD", "gateway": "sandbox"}
    key = {"Idempotency-Key": "top-up-1"}
    first = await api.post("/api/v1/wallet/top-ups", order, headers=key)
    again = await api.post("/api/v1/wallet/top-ups", order, headers=key)
    assert first.json["id"] == again.json["id"]
    assert len(await shop.rows("SELECT id FROM payments")) == 1
    assert (await api.get("/api/v1/wallet")).json == {"data": []}


async def test_usage_comes_as_cloudevents_one_or_many(api: Api, shop: Shop):
    found = await paid(api, shop)
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "app",
        "type": "emails",
        "subject": found["launch_id"],
    }
    staff = await api.another(staff=True)
    assert (await staff.post("/api/v1/usage", event)).json["accepted"] == 1
    answer = (await staff.post("/api/v1/usage", [event, event | {"id": "2", "data": {"value": 5}}])).json
    assert (answer["accepted"], answer["duplicates"], answer["refused"]) == (1, 1, [])
    for wrong in ({"id": "1"}, [7], "text"):
        assert (await staff.post("/api/v1/usage", wrong)).status == 422
    seen = (await api.get(f"/api/v1/subscriptions/{found['id']}/usage")).json
    assert seen["amount"] == 0


async def test_customers_report_no_usage_not_even_their_own(api: Api, shop: Shop):
    found = await paid(api, shop)
    event = {"id": "1", "source": "app", "type": "emails", "subject": found["id"]}
    for who in (api, await api.another()):
        answer = await who.post("/api/v1/usage", event)
        assert (answer.status, "Report usage" in answer.json["detail"]) == (403, True)
    assert await shop.rows("SELECT 1 FROM usage_events") == []


async def test_nothing_of_it_is_a_stranger_s(api: Api, shop: Shop):
    found = await paid(api, shop)
    stranger: Client = await api.another()
    (invoice,) = (await api.get("/api/v1/invoices")).json["data"]
    for path in (
        f"subscriptions/{found['id']}",
        f"invoices/{invoice['id']}",
        f"invoices/{invoice['number']}/pdf",
    ):
        assert (await stranger.get(f"/api/v1/{path}")).status == 404
    assert (await stranger.get("/api/v1/invoices")).json["data"] == []


async def test_only_staff_credit(api: Api, shop: Shop):
    await paid(api, shop)
    (invoice,) = (await api.get("/api/v1/invoices")).json["data"]
    path, credit = f"/api/v1/invoices/{invoice['id']}/credit", {"amount": 300, "reason": "Goodwill"}
    assert (await api.post(path, credit)).status == 403
    staff = await api.another(staff=True)
    note = await staff.post(path, credit)
    assert (note.status, note.json["kind"], note.json["total"]) == (201, "credit_note", 300)
    assert (await api.get("/api/v1/wallet")).json["data"][0]["available"] == 99_000 + 300
