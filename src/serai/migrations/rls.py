"""Row-level security, as migrations put it on tables (ADR 11).

The settings are transaction-local and set by `kit.db.act_as`; the sub-selects make PostgreSQL read
them once a statement instead of once a row.
"""

from alembic import op

PLATFORM = "(SELECT current_setting('serai.platform', true)) = 'on'"
ACCOUNT = "(SELECT nullif(current_setting('serai.account', true), ''))"
USER = "(SELECT nullif(current_setting('serai.user', true), ''))"
ACTOR = "(SELECT nullif(current_setting('serai.actor', true), ''))"

OF_ACCOUNT = f"account_id = {ACCOUNT}"
OF_USER = f"user_id = {USER}"
PLATFORM_ONLY = "false"


def protect(table: str, visible: str, *, writable: str | None = None) -> None:
    """Rows that `visible` says; `writable` also lets rows be written that are not seen."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY isolation ON {table} "
        f"USING ({PLATFORM} OR {visible}) WITH CHECK ({PLATFORM} OR {writable or visible})"
    )


def unprotect(table: str) -> None:
    op.execute(f"DROP POLICY isolation ON {table}")
    op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
