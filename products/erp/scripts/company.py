"""Makes the ERP usable at first sign-in: a company, its chart of accounts, fiscal years, terms.

Usage: company.py CONFIGURATION DATABASE
"""

import datetime as dt
import sys
from decimal import Decimal
from typing import Any

from proteus import Model, Wizard, config

CURRENCIES = (
    ("USD", "US Dollar", "$"),
    ("EUR", "Euro", "€"),
    ("GBP", "Pound Sterling", "£"),
    ("EGP", "Egyptian Pound", "E£"),
    ("SAR", "Saudi Riyal", "SAR"),
    ("AED", "UAE Dirham", "AED"),
)
YEARS = 3


def make_currencies() -> Any:
    currencies, rates = Model.get("currency.currency"), Model.get("currency.currency.rate")
    for code, name, symbol in CURRENCIES:
        currency = currencies(code=code, name=name, symbol=symbol, rounding=Decimal("0.01"))
        currency.save()
        if code == "USD":
            rates(date=dt.date(2000, 1, 1), rate=Decimal(1), currency=currency).save()
            standard = currency
    return standard


def make_company(currency: Any) -> Any:
    party = Model.get("party.party")(name="My Company")
    party.save()
    wizard = Wizard("company.company.config")
    wizard.execute("company")
    wizard.form.party = party
    wizard.form.currency = currency
    wizard.execute("add")
    context = Model.get("res.user").get_preferences(True, {})
    config.get_config()._context = context  # noqa: SLF001 - proteus offers no other way
    (company,) = Model.get("company.company").find()
    return company


def make_accounts(company: Any) -> None:
    accounts, templates = Model.get("account.account"), Model.get("account.account.template")
    template = Model.get("ir.model.data").get_id("account.account_template_root_en", {})
    wizard = Wizard("account.create_chart")
    wizard.execute("account")
    wizard.form.account_template = templates(template)
    wizard.form.company = company
    wizard.execute("create_account")

    def account(kind: str, *conditions: tuple[str, str, bool]) -> Any:
        owned = ("company", "=", company.id)
        return accounts.find([(f"type.{kind}", "=", True), owned, *conditions])[0]

    per_party = ("party_required", "=", True)

    wizard.form.account_receivable = account("receivable", per_party)
    wizard.form.account_payable = account("payable", per_party)
    wizard.form.category_account_expense = account("expense")
    wizard.form.category_account_revenue = account("revenue")
    wizard.execute("create_properties")


def make_sequence(kind: str, name: str, company: Any) -> Any:
    sequences, types = Model.get("ir.sequence.strict"), Model.get("ir.sequence.type")
    (sequence_type,) = types.find([("name", "=", kind)])
    sequence = sequences(name=name, sequence_type=sequence_type, company=company)
    sequence.save()
    return sequence


def make_fiscal_years(company: Any) -> None:
    first = dt.datetime.now(dt.UTC).year
    for year in range(first, first + YEARS):
        fiscal_year = Model.get("account.fiscalyear")(name=str(year), company=company)
        fiscal_year.start_date = dt.date(year, 1, 1)
        fiscal_year.end_date = dt.date(year, 12, 31)
        fiscal_year.move_sequence = make_sequence("Account Move", f"Moves {year}", company)
        (sequences,) = fiscal_year.invoice_sequences
        for side in ("out", "in"):
            for kind in ("invoice", "credit_note"):
                name = f"{side} {kind} {year}".replace("_", " ").capitalize()
                setattr(sequences, f"{side}_{kind}_sequence", make_sequence("Invoice", name, company))
        fiscal_year.save()
        fiscal_year.click("create_period")


def make_payment_terms() -> None:
    for name, days in (("On receipt", 0), ("30 days", 30)):
        term = Model.get("account.invoice.payment_term")(name=name)
        line = term.lines.new(type="remainder")
        if days:
            line.relativedeltas.new(days=days)
        term.save()


def finish_set_up() -> None:
    """Nothing left to ask at the first sign-in."""
    for item in Model.get("ir.module.config_wizard.item").find([("state", "=", "open")]):
        item.state = "done"
        item.save()
    user = Model.get("res.user")(config.get_config().user)
    while user.actions:
        user.actions.remove(user.actions[0])
    user.save()


def main() -> None:
    configuration, database = sys.argv[1:]
    config.set_trytond(database=database, config_file=configuration)
    company = make_company(make_currencies())
    make_accounts(company)
    make_fiscal_years(company)
    make_payment_terms()
    finish_set_up()


if __name__ == "__main__":
    main()
