"""Columns called as the trade calls them."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_COLUMNS = (
    ("payments", "look_at", "next_check_at"),
    ("payments", "looks", "checks"),
    ("invoices", "told_at", "emailed_at"),
    ("ledger_kinds", "least", "minimum_balance"),
    ("ledger_accounts", "least", "minimum_balance"),
)
_INDEXES = (("ix_payments_look", "ix_payments_next_check"), ("ix_invoices_untold", "ix_invoices_to_be_mailed"))


_FUNCTIONS = (("ledger\\_%", "least", "minimum_balance"), ("issued\\_invoices\\_stay", "told_at", "emailed_at"))


def upgrade() -> None:
    for table, former, name in _COLUMNS:
        op.alter_column(table, former, new_column_name=name)
    for former, name in _INDEXES:
        op.execute(f"ALTER INDEX {former} RENAME TO {name}")
    op.execute("ALTER FUNCTION ledger_set_least(text, text, bigint) RENAME TO ledger_set_minimum_balance")
    for functions, former, name in _FUNCTIONS:
        _say(functions, former, name)


def downgrade() -> None:
    for functions, former, name in _FUNCTIONS:
        _say(functions, name, former)
    op.execute("ALTER FUNCTION ledger_set_minimum_balance(text, text, bigint) RENAME TO ledger_set_least")
    for former, name in _INDEXES:
        op.execute(f"ALTER INDEX {name} RENAME TO {former}")
    for table, former, name in _COLUMNS:
        op.alter_column(table, name, new_column_name=former)


def _say(functions: str, former: str, name: str) -> None:
    """Functions name columns in their texts, which no renaming of a column reaches. least(…) is another thing."""
    word = rf"\m{former}\M(?!\s*\()"
    query = sa.text(
        "SELECT regexp_replace(pg_get_functiondef(oid), :word, :name, 'g') FROM pg_proc "
        "WHERE proname LIKE :functions AND prosrc ~ :word"
    )
    found = op.get_bind().execute(query, {"functions": functions, "word": word, "name": name}).scalars().all()
    for definition in found:
        op.get_bind().exec_driver_sql(definition.replace("%", "%%"))
