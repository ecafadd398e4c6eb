"""`serai ledger …`, `serai invoice …`, `serai subscription …`, `serai wallet …`, `serai gateway …`"""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from serai.cli.simulate import simulate
from serai.kit.i18n import use_locale
from serai.kit.money import Money
from serai.modules import billing
from serai.terminal.output import EXIT_FAILED, Json, console, moment, print_json, print_table
from serai.terminal.session import platform, run, transaction

ledger = typer.Typer(no_args_is_help=True)
invoices = typer.Typer(no_args_is_help=True)
subscriptions = typer.Typer(no_args_is_help=True)
wallets = typer.Typer(no_args_is_help=True)
gateways = typer.Typer(no_args_is_help=True)
app = typer.Typer(no_args_is_help=True)


@ledger.command("verify")
def verify(as_json: Json = False) -> None:
    """Check every rule the books keep, and print their totals. Exit code 1 when one is broken."""

    async def work() -> None:
        async with transaction() as (_, session, _actor):
            found = await billing.ledger.verify(session)
        if as_json:
            print_json(found)
        else:
            for check in found.checks:
                word = "[red]broken[/red]" if check.broken else "[green]holds[/green]"
                console.print(f"{word}  {check.name} {' '.join(check.broken)}".rstrip())
            rows = [(t.currency, t.kind, _money(t.debits, t.currency), _money(t.credits, t.currency),
                     _money(t.balance, t.currency)) for t in found.totals]  # fmt: skip
            print_table(("CURRENCY", "ACCOUNT", "DEBITS", "CREDITS", "BALANCE"), rows, "The books are empty.")
            console.print(f"{found.transfers} transfers")
        if not found.holds:
            sys.exit(EXIT_FAILED)

    run(work())


@invoices.command("list")
def list_invoices(
    account: Annotated[str, typer.Option(help="Of one account, by its id.")] = "",
    state: Annotated[str, typer.Option(help="open, paid or uncollectible.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=500)] = 20,
    as_json: Json = False,
) -> None:
    """The newest invoices and credit notes."""

    async def work() -> None:
        async with transaction() as (_, session, actor):
            found = await billing.invoices.reading.page(
                session, actor, account_id=account or None, state=state or None, limit=limit
            )
        if as_json:
            print_json([billing.invoice_view(row) for row in found])
            return
        rows = [(r.number, r.state, r.buyer["name"], _money(r.total, r.currency), moment(r.issued_at)) for r in found]
        print_table(("NUMBER", "STATE", "CUSTOMER", "TOTAL", "ISSUED"), rows, "No invoices yet.")

    run(work())


@invoices.command("show")
def show_invoice(
    reference: Annotated[str, typer.Argument(metavar="NUMBER")],
    pdf: Annotated[Path | None, typer.Option("--pdf", help="Write the document to this file.")] = None,
    language: Annotated[str, typer.Option(help="en or ar; the customer's own without it.")] = "",
    as_json: Json = False,
) -> None:
    """One invoice, by its number or id."""

    async def work() -> None:
        async with transaction() as (opened, session, actor):
            detail = await billing.invoices.reading.detail(session, actor, reference)
            invoice = detail.invoice
            document = await billing.invoice_documents.document_of(
                session, actor, reference, opened.settings.public_url, language or None
            )
        if pdf is not None:
            with use_locale(document.language):
                content = await billing.invoice_documents.pdf(document)
            await asyncio.to_thread(pdf.write_bytes, content)
        if as_json:
            print_json({"invoice": billing.invoice_view(invoice), "pdf": str(pdf) if pdf else None})
            return
        console.print(f"{invoice.number} of {moment(invoice.issued_at)} to {invoice.buyer['name']}: {invoice.state}")
        rows = [(line.text.get("name", {}).get("en", line.kind), f"{line.quantity}", _money(line.amount, invoice.currency))
                for line in detail.lines]  # fmt: skip
        print_table(("WHAT", "QUANTITY", "NET"), rows, "No lines.")
        console.print(f"tax {_money(invoice.tax, invoice.currency)}, total {_money(invoice.total, invoice.currency)}")
        if pdf is not None:
            console.print(f"written to {pdf}")

    run(work())


@subscriptions.command("list")
def list_subscriptions(
    status: Annotated[str, typer.Option(help="trialing, active, past_due, suspended, paused, …")] = "",
    account: Annotated[str, typer.Option(help="Of one account, by its id.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=500)] = 20,
    as_json: Json = False,
) -> None:
    """The newest subscriptions."""

    async def work() -> None:
        async with transaction() as (_, session, actor):
            found = await billing.subscriptions.page(
                session, actor, status=status or None, account_id=account or None, limit=limit
            )
        states = [billing.subscriptions.state_of(row) for row in found]
        if as_json:
            print_json(states)
            return
        rows = [(s.id, s.status, s.label, s.plan.base.package, moment(s.period_end) if s.period_end else "")
                for s in states]  # fmt: skip
        print_table(("ID", "STATUS", "SYSTEM", "PACKAGE", "UNTIL"), rows, "No subscriptions yet.")

    run(work())


@subscriptions.command("history")
def show_history(
    subscription_id: Annotated[str, typer.Argument(metavar="ID")], as_json: Json = False
) -> None:
    """All that happened to a subscription, and whether its state is what follows from it."""

    async def work() -> None:
        async with transaction() as (_, session, actor):
            rows = await billing.subscriptions.history(session, actor, subscription_id)
            state = await billing.subscriptions.find(session, actor, subscription_id)
            same = state == await billing.subscriptions.rebuild(session, subscription_id)
        if as_json:
            print_json({"events": [{"version": r.version, "type": r.type, "at": r.at, "data": r.data} for r in rows],
                        "state_follows": same})  # fmt: skip
        else:
            print_table(("VERSION", "AT", "EVENT"), [(r.version, moment(r.at), r.type) for r in rows], "Nothing.")
            console.print("The state is what follows from it." if same else "[red]The state is another.[/red]")
        if not same:
            sys.exit(EXIT_FAILED)

    run(work())


@wallets.command("adjust")
def adjust(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT_ID")],
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="Such as 10.00.")],
    currency: Annotated[str, typer.Argument(metavar="CURRENCY")],
    reason: Annotated[str, typer.Option(help="Customers read this.")],
    key: Annotated[str, typer.Option(help="The same key moves once.")] = "",
    take: Annotated[bool, typer.Option("--take", help="Take it instead of giving it.")] = False,
) -> None:
    """Give to or take from a wallet."""

    async def work() -> None:
        async with transaction() as (_, session, actor):
            money = Money.parse(amount, currency)
            money = Money(-money.amount, currency) if take else money
            await billing.wallets.adjust(session, actor, account, money, reason, key=key or None)
        console.print(f"{amount} {currency} moved.")

    run(work())


@gateways.command("test")
def try_gateway(key: Annotated[str, typer.Argument(metavar="GATEWAY")], as_json: Json = False) -> None:
    """Try a gateway's settings, as the admin's page does."""

    async def work() -> None:
        async with platform() as opened:
            result = await opened.gateways.test(key)
        print_json({"result": result}) if as_json else console.print(result)

    run(work())


app.command("simulate")(simulate)


@app.command("run")
def run_now(as_json: Json = False) -> None:
    """Renew and collect what is due now, as the worker does by itself every few seconds."""

    async def work() -> None:
        async with platform() as opened:
            done = await billing.subscriptions.renew_all(opened.gateways.database)
            collected = await billing.payments.collecting.collect_all(opened.gateways)
        if as_json:
            print_json({"renewed": done.renewed, "failed": done.failed, "collected": collected})
        else:
            console.print(f"{done.renewed} renewed, {len(done.failed)} failed, {collected} collected")
            for subscription, why in done.failed.items():
                console.print(f"[red]{subscription}[/red]: {why}")
        if done.failed:
            sys.exit(EXIT_FAILED)

    run(work())


def _money(amount: int, currency: str) -> str:
    return f"{Money(amount, currency).decimal} {currency}"
