"""A second step can be compulsory; open sockets hear when somebody's access changes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# What every sign-out, purge and page looks for.
_INDEXES = (
    ("sessions", ("impersonator_id",)),
    ("sessions", ("account_id",)),
    ("sessions", ("expires_at",)),
    ("audit_records", ("account_id", "action", "id")),
    ("audit_records", ("action", "id")),
    ("idempotency_keys", ("created_at",)),
    ("mails", ("kind", "id")),
    ("mails", ("created_at",)),
    ("notifications", ("created_at",)),
    ("mail_reports", ("received_at",)),
    ("notification_preferences", ("group", "channel")),
)

_TELL = """
CREATE FUNCTION tell_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('access', OLD.user_id);
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.add_column(
        "accounts", sa.Column("second_step_required", sa.Boolean(), nullable=False, server_default="false")
    )
    op.alter_column("accounts", "second_step_required", server_default=None)
    op.add_column(
        "accounts", sa.Column("deactivated_by_staff", sa.Boolean(), nullable=False, server_default="false")
    )
    op.alter_column("accounts", "deactivated_by_staff", server_default=None)
    op.add_column("launches", sa.Column("rested_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    for table, columns in _INDEXES:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
    op.execute(_TELL)
    op.execute(
        "CREATE TRIGGER tell_access AFTER DELETE OR UPDATE OF token_hash, account_id ON sessions "
        "FOR EACH ROW EXECUTE FUNCTION tell_access()"
    )
    op.execute(
        "CREATE TRIGGER tell_access AFTER DELETE OR UPDATE OF role, deactivated_at ON memberships "
        "FOR EACH ROW EXECUTE FUNCTION tell_access()"
    )


def downgrade() -> None:
    for table in ("memberships", "sessions"):
        op.execute(f"DROP TRIGGER tell_access ON {table}")
    op.execute("DROP FUNCTION tell_access()")
    for table, columns in _INDEXES:
        op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table)
    op.drop_column("launches", "rested_at")
    op.drop_column("accounts", "deactivated_by_staff")
    op.drop_column("accounts", "second_step_required")
