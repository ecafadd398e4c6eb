"""/admin/billing: staff give back, approve what arrived, write off, try again, and adjust wallets."""

from typing import Any

from serai.kit.actor import SYSTEM
from serai.modules import billing
from serai.modules.billing.invoices.models import Invoice
from tests.integration.portals.admin.billing_books import Books
from tests.integration.portals.billing_stage import payment_of, text

HERE = "/admin/billing"


async def invoice(books: Books, found: Invoice) -> Invoice:
    return await books.shop.do(billing.invoice_documents.find, SYSTEM, found.id)  # type: ignore[no-any-return]


async def audited(books: Books, action: str) -> int:
    query = "SELECT count(*) FROM audit_records WHERE action = :action"
    return int(await books.shop.world.scalar(query, action=action))


async def test_a_credit_note_goes_into_the_wallet_or_back(books: Books) -> None:
    staff, paid = await books.staff("finance"), (await books.shop.invoices(books.payer))[0]
    path = f"{HERE}/invoices/{paid.id}/credit"
    assert (await staff.send(path, amount="3", reason="Slow", to="wallet")).status == 303
    assert await books.shop.wallet(books.payer) == 300
    assert (await staff.send(path, amount="4.00", reason="Slower", to="payment")).status == 303
    await books.shop.work()
    assert await books.shop.wallet(books.payer) == 300, "the second part went back to the card"
    assert ((await invoice(books, paid)).credited, (await invoice(books, paid)).returned) == (700, 700)
    shown = text(await staff.get(f"{HERE}/invoices/{paid.id}"))
    for part in ("INV-CN-000001", "INV-CN-000002", "Slower", "Succeeded"):
        assert part in shown, part
    for wrong, said in (
        ({"amount": "3.01"}, "Only 3.00 USD of this invoice"), ({"amount": "lots"}, "such as 29.00"),
        ({"amount": "0"}, "above zero"), ({"amount": "1", "reason": ""}, "required"),
    ):  # fmt: skip
        answer = await staff.send(path, **{"amount": "1", "reason": "x", "to": "wallet"} | wrong)
        assert (answer.status, said in text(answer)) == (422, True), (wrong, text(answer))
    await books.shop.books_hold()


async def test_an_invoice_is_downloaded_in_both_languages(books: Books) -> None:
    staff, paid = await books.staff("read-only"), (await books.shop.invoices(books.payer))[0]
    bodies = [
        (await staff.get(f"{HERE}/invoices/{paid.id}/pdf?language={code}")).body for code in ("en", "ar")
    ]
    assert all(body.startswith(b"%PDF-") for body in bodies)
    assert bodies[0] != bodies[1]


async def test_an_invoice_is_written_off_with_a_reason(books: Books) -> None:
    staff, owed = await books.staff("finance"), (await books.shop.invoices(books.debtor))[-1]
    path = f"{HERE}/invoices/{owed.id}/write-off"
    await staff.send(path, reason=" ")
    assert (await invoice(books, owed)).state == "open"
    await staff.send(path, reason="Gone for good")
    found = await invoice(books, owed)
    assert (found.state, found.collect_at) == ("uncollectible", None)
    assert await audited(books, "billing.invoice_written_off") == 1
    shown = text(await staff.get(path.removesuffix("/write-off")))
    assert "Written off" in shown
    assert "Write it off" not in shown
    await staff.send(path, reason="Twice")
    assert await audited(books, "billing.invoice_written_off") == 1
    await books.shop.books_hold()


async def test_a_transfer_counts_when_somebody_has_seen_it_arrive(books: Books) -> None:
    transfer = await books.transfer()
    staff = await books.staff("finance")
    typed = (transfer.reference or "").replace(" ", "").lower()
    found = await staff.get(f"{HERE}/approvals?reference={typed}")
    assert found.headers["location"] == f"{HERE}/payments/{transfer.id}"
    mistyped = typed[:-1] + ("2" if typed[-1] != "2" else "3")
    assert "check digits do not fit" in text(await staff.get(f"{HERE}/approvals?reference={mistyped}"))
    assert transfer.reference in text(await staff.get(f"{HERE}/approvals"))
    path = f"{HERE}/payments/{transfer.id}/decide"
    assert (await staff.send(path, amount="nothing", decision="approve")).status == 422
    reader = await books.staff("read-only")
    assert (await reader.send(path, amount="10.00", decision="approve")).status == 403
    assert (await payment_of(books.shop.world, transfer.id)).state == "pending"
    done = await staff.send(path, amount="12.50", decision="approve")
    assert done.headers["location"] == f"{HERE}/approvals"
    paid = await payment_of(books.shop.world, transfer.id)
    assert (paid.state, paid.amount) == ("succeeded", 1250)
    assert await audited(books, "billing.transfer_approved") == 1
    assert "Nothing waits" in text(await staff.get(f"{HERE}/approvals"))
    assert (await staff.send(path, amount="9.00", decision="approve")).status == 409
    await books.shop.books_hold()


async def test_a_transfer_is_refused(books: Books) -> None:
    transfer, staff = await books.transfer(), await books.staff("finance")
    await staff.send(f"{HERE}/payments/{transfer.id}/decide", decision="refuse")
    assert (await payment_of(books.shop.world, transfer.id)).state == "failed"
    assert (await invoice(books, (await books.shop.invoices(books.debtor))[-1])).state == "open"


async def test_a_refund_of_a_transfer_is_sent_by_hand(books: Books) -> None:
    transfer, staff = await books.transfer(), await books.staff("finance")
    await staff.send(f"{HERE}/payments/{transfer.id}/decide", amount="30.00", decision="approve")
    assert await books.shop.wallet(books.debtor) == 1000, "both invoices are paid, the rest stays"
    path = f"{HERE}/payments/{transfer.id}"
    assert (await staff.send(f"{path}/refund", amount="31", reason="Too much")).status == 422
    assert (await staff.send(f"{path}/refund", amount="10", reason="Too much")).status == 303
    (refund,) = await books.shop.do(billing.payments.queries.refunds_of, transfer.id)
    assert "Refunds to send" in text(await staff.get(f"{HERE}/approvals"))
    await staff.send(f"{path}/refunds/{refund.id}/decide", decision="sent")
    (refund,) = await books.shop.do(billing.payments.queries.refunds_of, transfer.id)
    assert (refund.state, await books.shop.wallet(books.debtor)) == ("succeeded", 0)
    assert await audited(books, "billing.refund_sent") == 1
    assert (await staff.send(f"{path}/refunds/none/decide", decision="sent")).status == 404
    await books.shop.books_hold()


async def test_a_receipt_is_shown_without_anything_running(books: Books) -> None:
    transfer, staff = await books.transfer(), await books.staff("read-only")
    gateway: Any = await books.shop.gateways.get("bank_transfer")
    home = books.shop.world.platform.settings.state
    (home / "receipts").mkdir(parents=True)
    (home / "receipts" / "one.png").write_bytes(b"\x89PNG picture")
    await gateway.add_receipt(transfer.id, file="receipts/one.png", text="sent today")
    (home.parent / "outside.txt").write_text("nobody's business")
    await gateway.add_receipt(transfer.id, file="../outside.txt", text="")
    path = f"{HERE}/payments/{transfer.id}"
    assert "sent today" in text(await staff.get(path))
    answer = await staff.get(f"{path}/receipts/1")
    assert (answer.body, answer.headers["content-type"]) == (b"\x89PNG picture", "image/png")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert [(await staff.get(f"{path}/receipts/{n}")).status for n in (0, 2, 3)] == [404, 404, 404]


async def test_who_is_past_due_is_tried_again(books: Books) -> None:
    staff = await books.staff("finance")
    shown = text(await staff.get(f"{HERE}/dunning"))
    for part in ("INV-000004", "INV-000007", "Remove the system", "Try now"):
        assert part in shown, part
    await books.shop.save_card(books.debtor)
    await staff.send(f"{HERE}/dunning/{books.debtor.account_id}/try")
    assert {each.state for each in await books.shop.invoices(books.debtor)} == {"paid"}
    assert "Nothing is past due" in text(await staff.get(f"{HERE}/dunning"))


async def test_a_wallet_is_adjusted_once_however_often_the_form_is_sent(books: Books) -> None:
    staff = await books.staff("finance")
    path = f"/admin/accounts/{books.payer.account_id}/money"
    given = {"direction": "give", "amount": "5", "currency": "usd", "reason": "Sorry", "key": "adj_1"}
    for _time in range(2):
        assert (await staff.send(f"{path}/adjust", **given)).status == 303
    assert await books.shop.wallet(books.payer) == 500
    taken = given | {"direction": "take", "amount": "2.50", "key": "adj_2"}
    await staff.send(f"{path}/adjust", **taken)
    assert await books.shop.wallet(books.payer) == 250
    shown = text(await staff.get(path))
    assert "Sorry" in shown
    for wrong, status in (
        ({"amount": "-5"}, 422),
        ({"amount": "99", "direction": "take"}, 409),
        ({"currency": "XXY"}, 422),
    ):
        assert (await staff.send(f"{path}/adjust", **given | wrong | {"key": "adj_3"})).status == status, (
            wrong
        )
    await staff.send(f"{path}/limit", limit="20", limit_currency="USD")
    await staff.send(f"{path}/adjust", **taken | {"amount": "10", "key": "adj_4"})
    assert await books.shop.wallet(books.payer) == -750
    assert (await staff.send(f"{path}/limit", limit="1", limit_currency="USD")).status == 409
    assert (await staff.get(f"{path}/statement?currency=USD")).body.startswith(b"%PDF-")
    await books.shop.books_hold()


async def test_staff_set_how_an_account_is_billed(books: Books) -> None:
    staff = await books.staff("finance")
    path = f"/admin/accounts/{books.payer.account_id}/money"
    new = {"name": "Acme Ltd", "email": "bills@acme.example", "country": "EG", "terms_days": "30",
           "tax_exempt": "y", "legal_entity_id": "ent_first", "partner_id": "", "use_wallet": "y"}  # fmt: skip
    assert (await staff.send(f"{path}/profile", **new)).status == 303
    profile = await books.shop.do(billing.profiles.read, SYSTEM, books.payer.account_id)
    assert (profile.name, profile.country, profile.terms_days, profile.tax_exempt) == (
        "Acme Ltd",
        "EG",
        30,
        True,
    )
    assert (profile.legal_entity_id, profile.partner_id, profile.consolidate) == ("ent_first", None, False)
    for wrong in ({"terms_days": "181"}, {"name": ""}, {"email": "no address"}, {"country": "XX"}):
        assert (await staff.send(f"{path}/profile", **new | wrong)).status == 422, wrong


async def test_a_price_is_raised_for_running_subscriptions_too(books: Books) -> None:
    """Who would pay what is shown before; ticked, it holds from the next renewal on."""
    staff = await books.staff()
    package = books.paid.plan.base.package_id
    new = {"period": "monthly", "currency": "USD", "amount": "33.00"}
    asked = text(await staff.send(f"/admin/catalog/packages/{package}/prices", **new))
    for part in ("1 running subscription pays this price", "$30.00", "$33.00", books.payer.name):
        assert part in asked, part
    await staff.send(f"/admin/catalog/packages/{package}/prices", **new, confirmed="1", move="1")
    (move,) = (await books.shop.state(books.paid)).moves
    assert move.unit_amount == 3300
