"""The terminal's face: `serai …`. A composition root."""

import sys

import typer
from pydantic import ValidationError

from serai.cli import (
    audit,
    billing,
    blueprints,
    clock,
    coupons,
    keys,
    launches,
    mail,
    operations,
    platform,
    products,
    staff,
    tokens,
)
from serai.kit.errors import Invalid, SeraiError
from serai.terminal.output import report

app = typer.Typer(
    name="serai",
    help="Serai, the open SaaS operating system. Commands that answer something take --json, for scripts.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(launches.app, name="launch")
app.add_typer(operations.app, name="operation")
app.add_typer(products.app, name="product")
app.add_typer(coupons.app, name="coupon")
app.add_typer(blueprints.app, name="blueprint")
app.add_typer(tokens.app, name="token")
app.add_typer(keys.app, name="keys")
app.add_typer(billing.app, name="billing")
app.add_typer(billing.ledger, name="ledger")
app.add_typer(billing.invoices, name="invoice")
app.add_typer(billing.subscriptions, name="subscription")
app.add_typer(billing.wallets, name="wallet")
app.add_typer(billing.gateways, name="gateway")
app.add_typer(clock.app, name="clock")
app.add_typer(mail.app, name="mail")
app.add_typer(audit.app, name="audit")
app.add_typer(staff.app, name="staff")
platform.add_to(app)


def main() -> None:
    """Run, and turn every error of ours into one line and an exit code."""
    try:
        app()
    except SeraiError as error:
        sys.exit(report(error))
    except ValidationError as error:  # of the settings: nothing else is read with Pydantic here
        sys.exit(report(_wrong_settings(error)))
    except KeyboardInterrupt:
        sys.exit(130)


def _wrong_settings(error: ValidationError) -> Invalid:
    wrong = {f"SERAI_{each['loc'][0]}".upper(): each["msg"] for each in error.errors()}
    names = ", ".join(wrong)
    return Invalid(f"The environment holds a setting that makes no sense: {names}.", fields=wrong)
