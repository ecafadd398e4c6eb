"""/payments/…: live states, transfers and their receipts, and where everything leads."""

from typing import Any

import pytest

from serai.kit.actor import SYSTEM
from serai.kit.money import Money
from serai.modules import billing
from serai.modules.billing.payments import Payment, PaymentIntent
from tests.client import Answered
from tests.factories import World
from tests.integration.modules.billing.shop import Shop
from tests.integration.portals.billing_stage import (
    DECLINED,
    open_gateway,
    pay_at_the_sandbox,
    payment_of,
    text,
)
from tests.integration.portals.conftest import SignedIn, Visitor

IBAN = "DE89370400440532013000"


async def top_up(shop: Shop, buyer: Visitor, gateway: str = "sandbox", amount: int = 2000) -> Payment:
    intent = PaymentIntent(gateway=gateway, return_path="/console/billing/wallet")
    account = buyer.actor.account_id
    made = await shop.do(billing.payments.paying.top_up, buyer.actor, account, Money(amount, "USD"), intent)
    return await billing.payments.paying.start(shop.world.platform.gateways, made.id)


async def upload(buyer: Visitor, path: str, content: bytes, **fields: str) -> Answered:
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
             for name, value in fields.items()]  # fmt: skip
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="../r.png"\r\nContent-Type: image/png\r\n\r\n'
    body = b"".join(parts) + head + content + b"\r\n--b--\r\n"
    return await buyer.post(path, body, headers={"content-type": "multipart/form-data; boundary=b"})


async def test_a_payment_leads_to_the_gateway_and_back_to_where_it_came_from(
    buyer: Visitor, shop: Shop, world: World
) -> None:
    payment = await top_up(shop, buyer)
    page = await buyer.get(f"/payments/{payment.id}")
    assert b'hx-trigger="every 3s"' in page.body
    assert "Continue to Sandbox" in text(page)
    assert "script-src 'self';" in page.headers["content-security-policy"]
    await pay_at_the_sandbox(world, payment.id)
    back = await buyer.get(f"/payments/{payment.id}/return")
    assert (back.status, back.headers["location"]) == (303, "/console/billing/wallet")
    assert await shop.wallet(buyer.actor) == 2000
    assert b"every 3s" not in (await buyer.get(f"/payments/{payment.id}")).body


async def test_a_declined_card_says_why_and_offers_another_way(
    buyer: Visitor, shop: Shop, world: World
) -> None:
    payment = await top_up(shop, buyer)
    await pay_at_the_sandbox(world, payment.id, DECLINED)
    await buyer.get(f"/payments/{payment.id}/return")
    page = await buyer.get(f"/payments/{payment.id}")
    assert "there is not enough money on it" in text(page)
    assert b'href="/console/billing/wallet"' in page.body


async def test_a_payment_can_be_given_up(buyer: Visitor, shop: Shop, world: World) -> None:
    payment = await top_up(shop, buyer)
    assert (await buyer.send(f"/payments/{payment.id}/cancel")).status == 303
    assert (await payment_of(world, payment.id)).state == "cancelled"
    assert "Nothing was charged" in text(await buyer.get(f"/payments/{payment.id}"))


async def test_a_transfer_shows_what_to_write_and_takes_receipts(
    buyer: Visitor, shop: Shop, world: World
) -> None:
    await open_gateway(world, "bank_transfer", holder="Serai GmbH", iban=IBAN)
    payment = await top_up(shop, buyer, "bank_transfer")
    page = text(await buyer.get(f"/payments/{payment.id}"))
    assert "DE89 3704 0044 0532 0130 00" in page
    assert payment.reference is not None
    assert payment.reference in page
    path = f"/payments/{payment.id}/receipt"
    await upload(buyer, path, b"\x89PNG and more", text="TRX-1")
    await buyer.send(path, text="TRX-2")
    await buyer.send(path, text="TRX-3")
    gateway: Any = await world.platform.gateways.get("bank_transfer")
    receipts = await gateway.receipts(payment.id)
    assert [each["text"] for each in receipts] == ["TRX-1", "TRX-2", "TRX-3"]
    kept = world.platform.settings.state / receipts[0]["file"]
    assert (kept.read_bytes(), kept.suffix, kept.parent.name) == (b"\x89PNG and more", ".png", "receipts")
    assert "TRX-3" in text(await buyer.get(f"/payments/{payment.id}"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<script>", "Send a picture"),
        (b"", "Add a picture"),
        (b"%PDF-" + b"x" * 900_001, "larger than 900 KB"),
    ],
)
async def test_a_receipt_is_a_picture_or_a_pdf(
    buyer: Visitor, shop: Shop, world: World, content: bytes, said: str
) -> None:
    await open_gateway(world, "bank_transfer", holder="Serai GmbH", iban=IBAN)
    payment = await top_up(shop, buyer, "bank_transfer")
    await upload(buyer, f"/payments/{payment.id}/receipt", content)
    assert said in text(await buyer.get(f"/payments/{payment.id}"))
    gateway: Any = await world.platform.gateways.get("bank_transfer")
    assert await gateway.receipts(payment.id) == []


async def test_card_fields_have_a_policy_of_their_own_on_their_page_alone(
    buyer: Visitor, shop: Shop, world: World
) -> None:
    """What Stripe's driver answers, put there by hand: there is no network here."""
    payment = await top_up(shop, buyer)
    async with world.database.transaction() as session:
        row = await billing.payments.queries.locked(session, payment.id)
        row.redirect_url, row.gateway, row.state = None, "stripe", "requires_action"
        row.details = {"client": {"publishable_key": "pk_test_1", "client_secret": "pi_1_secret_2"}}
    async with world.database.transaction() as session:
        values = {"secret_key": "sk_test_1", "publishable_key": "pk_test_1", "webhook_secret": "whsec_1"}
        await billing.payments.set_up(
            session, SYSTEM, world.platform.gateways, "stripe", values, test_mode=True
        )
    page = await buyer.get(f"/payments/{payment.id}")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self' https://js.stripe.com" in policy
    assert "frame-src https://js.stripe.com" in policy
    assert b'data-secret="pi_1_secret_2"' in page.body
    assert b"every 3s" not in page.body  # the fields are not taken away while they are filled in
    assert "stripe" not in (await buyer.get("/")).headers["content-security-policy"]


async def test_another_account_s_payment_is_not_there(
    buyer: Visitor, shop: Shop, signed_in: SignedIn
) -> None:
    payment = await top_up(shop, buyer)
    stranger = await signed_in()
    for path in ("", "/return"):
        assert (await stranger.get(f"/payments/{payment.id}{path}")).status == 404
    for path in ("/cancel", "/receipt"):
        assert (await stranger.send(f"/payments/{payment.id}{path}", text="x")).status == 404
    viewer = await signed_in(await shop.world.member(buyer.actor, "viewer"), account=buyer.actor.account_id)
    assert (await viewer.send(f"/payments/{payment.id}/cancel")).status == 403


async def test_who_may_not_pay_starts_nothing_by_looking(
    buyer: Visitor, shop: Shop, signed_in: SignedIn
) -> None:
    """Asking about a payment that was begun and never started is what charges it."""
    intent, account = PaymentIntent(gateway="sandbox"), buyer.actor.account_id
    made = await shop.do(billing.payments.paying.top_up, buyer.actor, account, Money(2000, "USD"), intent)
    viewer = await signed_in(await shop.world.member(buyer.actor, "viewer"), account=account)
    assert (await viewer.get(f"/payments/{made.id}/return")).headers["location"] == f"/payments/{made.id}"
    assert (await payment_of(shop.world, made.id)).reference is None
    await buyer.get(f"/payments/{made.id}/return")
    assert (await payment_of(shop.world, made.id)).reference is not None


async def test_a_gateway_s_page_of_another_host_is_opened_by_ours(
    buyer: Visitor, shop: Shop, world: World
) -> None:
    """No form of ours may lead to another host: our page does, by itself and with a link."""
    payment = await top_up(shop, buyer)
    async with world.database.transaction() as session:
        row = await billing.payments.queries.locked(session, payment.id)
        row.redirect_url = "https://pay.example.com/x?a=b"
    page = (await buyer.get(f"/payments/{payment.id}?go=1")).body.decode()
    assert '<meta http-equiv="refresh" content="0;url=https://pay.example.com/x?a=b">' in page
    assert "http-equiv" not in (await buyer.get(f"/payments/{payment.id}")).body.decode()
