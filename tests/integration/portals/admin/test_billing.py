"""/admin/billing: figures lead to what they are made of, lists are searched and exported, all in two languages."""

import csv
import io
from typing import Any

import pytest

from serai.kit.actor import SYSTEM
from serai.modules.billing import reports
from serai.portals.admin.billing.csv_files import cell
from tests.integration.portals.admin.billing_books import Books
from tests.integration.portals.billing_stage import text

HERE = "/admin/billing"


def rows_of(answer: Any) -> list[dict[str, str]]:
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    return list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))


async def test_every_page_is_there_in_both_languages(books: Books) -> None:
    transfer = await books.transfer()
    staff = await books.staff("finance")
    await staff.send(f"{HERE}/payouts/fetch")
    paid = (await books.shop.invoices(books.payer))[0]
    payouts = await books.shop.rows("SELECT id FROM payouts LIMIT 1")
    subscription = f"{HERE}/subscriptions/{books.paid.id}"
    paths = [
        HERE, f"{HERE}/movements", f"{HERE}/owed", f"{HERE}/sold", f"{HERE}/subscriptions", subscription,
        f"{subscription}/change", f"{HERE}/invoices", f"{HERE}/invoices/{paid.id}", f"{HERE}/payments",
        f"{HERE}/payments/{transfer.id}", f"{HERE}/approvals", f"{HERE}/notices", f"{HERE}/payouts",
        f"{HERE}/payouts/{payouts[0]['id']}", f"{HERE}/books", f"{HERE}/books/transfers?kind=bank",
        f"{HERE}/books/transfers/1", f"{HERE}/dunning", f"{HERE}/gateways", f"{HERE}/gateways/stripe",
        f"{HERE}/sellers", f"{HERE}/sellers/new", f"{HERE}/sellers/ent_first", f"{HERE}/taxes",
        f"/admin/accounts/{books.payer.account_id}/money",
    ]  # fmt: skip
    for language in ("en", "ar"):
        staff.headers["accept-language"] = language
        for path in paths:
            answer = await staff.get(path)
            assert (answer.status, f'lang="{language}"' in answer.body.decode()) == (200, True), path
            assert answer.headers["cache-control"] == "no-store", path


async def test_the_dashboards_figures_are_those_of_the_reports(books: Books) -> None:
    """March: two at 10.00. April: one changes to 30.00. May: the other is suspended, 20.00 are owed."""
    staff = await books.staff("finance")
    shown = text(await staff.get(HERE))
    for part in ("$30 ", "$360", "-$10", "Mar 2026", "$20.00", "50%"):
        assert part in shown, part
    months = {row["month"]: row for row in rows_of(await staff.get(f"{HERE}?format=csv"))}
    may = months["2026-05-01"]
    assert (may["churn"], may["mrr"], may["arr"], may["active"]) == ("10.00", "30.00", "360.00", "1")
    (moved,) = rows_of(
        await staff.get(f"{HERE}/movements?month=2026-04&currency=USD&kind=expansion&format=csv")
    )
    assert (moved["amount"], moved["subscription_id"]) == ("20.00", books.paid.id)
    (aged,) = rows_of(await staff.get(f"{HERE}?format=csv&table=ageing"))
    assert (aged["days_30"], aged["days_60"], aged["total"]) == ("10.00", "10.00", "20.00")
    (cash,) = rows_of(await staff.get(f"{HERE}?format=csv&table=cash"))
    assert (cash["received"], cash["fees"], cash["net"]) == ("30.00", "1.17", "28.83")


async def test_every_bucket_leads_to_its_invoices(books: Books) -> None:
    staff = await books.staff("finance")
    for bucket, numbers in (("days_30", ["INV-000007"]), ("days_60", ["INV-000004"]), ("not_due", [])):
        path = f"{HERE}/owed?account={books.debtor.account_id}&currency=USD&bucket={bucket}&format=csv"
        assert [row["number"] for row in rows_of(await staff.get(path))] == numbers, bucket
    shop = books.shop
    aged = await shop.do(reports.ageing, SYSTEM)
    owed = await shop.do(reports.owed, SYSTEM)
    assert sum(each.total for each in aged) == sum(each.due for each in owed) == 2000


async def test_a_products_revenue_is_the_sum_of_its_lines(books: Books) -> None:
    staff = await books.staff("finance")
    paid = (await books.shop.invoices(books.payer))[0]
    await staff.send(f"{HERE}/invoices/{paid.id}/credit", amount="3", reason="Slow", to="wallet")
    product = books.paid.plan.base.product_id
    for earned in rows_of(await staff.get(f"{HERE}?format=csv&table=revenue")):
        month = earned["month"][:7]
        path = f"{HERE}/sold?month={month}&currency=USD&product={product}&format=csv"
        lines = rows_of(await staff.get(path))
        assert sum(float(row["amount"]) for row in lines) == float(earned["invoiced"]), month


async def test_lists_are_searched_and_exported(books: Books) -> None:
    staff = await books.staff("finance")
    found = rows_of(await staff.get(f"{HERE}/invoices?state=open&format=csv"))
    assert {(row["account_id"], row["due"]) for row in found} == {(books.debtor.account_id, "10.00")}
    assert "INV-000003" in text(await staff.get(f"{HERE}/invoices?search=000003"))
    assert "No invoice matches" in text(await staff.get(f"{HERE}/invoices?account=nobody"))
    assert "Several accounts match" in text(await staff.get(f"{HERE}/invoices?account=example.com"))
    of_april = rows_of(await staff.get(f"{HERE}/invoices?since=2026-04-01&until=2026-04-30&format=csv"))
    assert {row["issued_at"][:7] for row in of_april} == {"2026-04"}
    by_name = rows_of(await staff.get(f"{HERE}/subscriptions?account={books.payer.name}&format=csv"))
    assert [(row["id"], row["plan"], row["monthly"]) for row in by_name] == [
        (books.paid.id, "Business", "30.00")
    ]
    suspended = rows_of(await staff.get(f"{HERE}/subscriptions?status=suspended&format=csv"))
    assert [row["id"] for row in suspended] == [books.owed.id]
    payments = rows_of(await staff.get(f"{HERE}/payments?state=succeeded&gateway=sandbox&format=csv"))
    assert {row["account_id"] for row in payments} == {books.payer.account_id}


@pytest.mark.parametrize(
    ("value", "written"),
    [("=1+1", "'=1+1"), ("+49", "'+49"), ("-x", "'-x"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), ("a=1", "a=1"),
     (-5, "-5"), (None, "")],
)  # fmt: skip
def test_a_spreadsheet_reckons_with_no_text(value: object, written: str) -> None:
    assert cell(value) == written


async def test_a_customers_name_is_no_formula_in_a_file(books: Books) -> None:
    await books.shop.rows(
        "UPDATE accounts SET name = '=cmd()' WHERE id = :id RETURNING id", id=books.payer.account_id
    )
    staff = await books.staff("finance")
    names = {row["account"] for row in rows_of(await staff.get(f"{HERE}/invoices?format=csv"))}
    assert "'=cmd()" in names


async def test_a_subscription_is_changed_after_its_cost_was_shown(books: Books) -> None:
    staff = await books.staff("finance")
    path = f"{HERE}/subscriptions/{books.paid.id}"
    new = {"plan": "starter/monthly", "quantity": "1", "when": "period_end", "version": str(books.paid.version),
           "addons-0-key": "disk", "addons-0-count": "2"}  # fmt: skip
    asked = await staff.send(f"{path}/change", **new)
    assert asked.status == 200
    assert "$15.00" in text(asked)
    assert (await books.shop.state(books.paid)).pending is None, "nothing is done yet"
    assert (await staff.send(f"{path}/change", **new, confirmed="1")).status == 303
    pending = (await books.shop.state(books.paid)).pending
    assert pending is not None
    assert [(item.package, item.quantity) for item in pending.items] == [("starter", 1), ("disk", 2)]
    stale = await staff.send(f"{path}/change", **new, confirmed="1")
    assert stale.status == 409
    assert "A change is planned" in text(await staff.get(path))
    await staff.send(f"{path}/keep-plan")
    assert (await books.shop.state(books.paid)).pending is None


async def test_a_subscription_is_paused_and_cancelled(books: Books) -> None:
    staff, path = await books.staff("finance"), f"{HERE}/subscriptions/{books.paid.id}"
    await staff.send(f"{path}/pause", when="now", resume_on="2026-06-01")
    assert (await books.shop.state(books.paid)).status == "paused"
    await staff.send(f"{path}/resume")
    await staff.send(f"{path}/cancel")
    assert (await books.shop.state(books.paid)).cancel_at_end
    await staff.send(f"{path}/keep")
    await staff.send(f"{path}/cancel", when="now")
    state = await books.shop.state(books.paid)
    assert (state.status, state.reason) == ("cancelled", "by_staff")
    assert "By our staff." in text(await staff.get(path))
    assert (await staff.send(f"{path}/nonsense")).status == 404


async def test_the_books_and_payouts_are_shown_and_hold(books: Books) -> None:
    staff = await books.staff("finance")
    await staff.send(f"{HERE}/payouts/fetch")
    shown = text(await staff.get(f"{HERE}/books"))
    assert "The books hold" in shown
    balance = {
        (row["account"], row["of"]): row for row in rows_of(await staff.get(f"{HERE}/books?format=csv"))
    }
    assert balance["receivable", ""]["balance"] == "20.00"
    moved = rows_of(await staff.get(f"{HERE}/books/transfers?kind=receivable&currency=USD&format=csv"))
    assert sum(float(row["amount"]) for row in moved) == 20.0
    payouts = rows_of(await staff.get(f"{HERE}/payouts?format=csv"))
    assert payouts
    assert {row["difference"] for row in payouts} == {"0.00"}
    clearing = next(row for key, row in balance.items() if key[0] == "gateway_clearing")
    assert clearing["balance"] in (await staff.get(f"{HERE}/payouts")).body.decode()
    assert (await staff.get(f"{HERE}/books/transfers/99999")).status == 404


async def test_readers_see_money_and_change_none(books: Books) -> None:
    reader = await books.staff("read-only")
    invoice = (await books.shop.invoices(books.debtor))[-1]
    assert "Write it off" not in text(await reader.get(f"{HERE}/invoices/{invoice.id}"))
    subscription = f"{HERE}/subscriptions/{books.paid.id}"
    account = f"/admin/accounts/{books.payer.account_id}/money"
    for path in (
        f"{HERE}/invoices/{invoice.id}/credit", f"{HERE}/invoices/{invoice.id}/write-off", f"{subscription}/cancel",
        f"{subscription}/change", f"{HERE}/payouts/fetch", f"{HERE}/dunning/{books.debtor.account_id}/try",
        f"{HERE}/gateways/sandbox", f"{HERE}/gateways/sandbox/test", f"{HERE}/gateways/sandbox/switch",
        f"{HERE}/sellers", f"{HERE}/sellers/ent_first", f"{HERE}/taxes", f"{account}/adjust", f"{account}/limit",
        f"{account}/profile",
    ):  # fmt: skip
        assert (await reader.send(path)).status == 403, path
    customer = await books.sign_in(books.payer)
    assert (await customer.get(HERE)).status == 404
