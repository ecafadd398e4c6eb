"""the mail queue, what became of mails, what people wish to hear of, the bell."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from serai.migrations.rls import OF_ACCOUNT, OF_USER, PLATFORM_ONLY, protect, unprotect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_INSTANT = TIMESTAMP(timezone=True)
_WAITING = sa.text("state IN ('queued', 'sending')")
_NEW_COLUMNS = (
    sa.Column("account_id", sa.Text()),
    sa.Column("user_id", sa.Text()),
    sa.Column("kind", sa.Text(), nullable=False, server_default="note"),
    sa.Column("language", sa.Text(), nullable=False, server_default="en"),
    sa.Column("html", sa.Text()),
    sa.Column("headers", JSONB(), nullable=False, server_default="{}"),
    sa.Column("state", sa.Text(), nullable=False, server_default="kept"),
    sa.Column("priority", sa.Integer(), nullable=False, server_default="5"),
    sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("due_at", _INSTANT, nullable=False, server_default=sa.func.now()),
    sa.Column("give_up_at", _INSTANT, nullable=False, server_default=sa.func.now()),
    sa.Column("claimed_by", sa.Text()),
    sa.Column("last_error", sa.Text()),
    sa.Column("provider_id", sa.Text()),
    sa.Column("history", JSONB(), nullable=False, server_default="[]"),
    sa.Column("sent_at", _INSTANT),
)
_TABLES = {
    "mail_suppressions": PLATFORM_ONLY,
    "mail_reports": PLATFORM_ONLY,
    "mail_opt_outs": PLATFORM_ONLY,
    "notification_preferences": OF_USER,
    "notifications": OF_USER,
}


def upgrade() -> None:
    # Mails of before stay where they are: on this machine.
    for column in _NEW_COLUMNS:
        op.add_column("mails", column)
        op.alter_column("mails", column.name, server_default=None)
    op.create_index("ix_mails_waiting", "mails", ["priority", "due_at"], postgresql_where=_WAITING)
    for column in ("account_id", "recipient", "state"):
        op.create_index(f"ix_mails_{column}_id", "mails", [column, "id"])
    _make_mail_tables()
    _make_bell_tables()
    unprotect("mails")  # until now the platform's alone
    protect("mails", OF_ACCOUNT)
    for table, visible in _TABLES.items():
        protect(table, visible)


def _make_mail_tables() -> None:
    op.create_table(
        "mail_suppressions",
        sa.Column("address", sa.Text(), primary_key=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hard", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("mail_id", sa.Text()),
        sa.Column("created_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "mail_reports",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("mail_id", sa.Text(), index=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("received_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "mail_opt_outs",
        sa.Column("address", sa.Text(), primary_key=True),
        sa.Column("group", sa.Text(), primary_key=True),
        sa.Column("created_at", _INSTANT, nullable=False),
    )


def _make_bell_tables() -> None:
    op.create_table(
        "notification_preferences",
        sa.Column("user_id", sa.Text(), primary_key=True),
        sa.Column("group", sa.Text(), primary_key=True),
        sa.Column("channel", sa.Text(), primary_key=True),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "notifications",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text()),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("values", JSONB(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("icon", sa.Text(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("read_at", _INSTANT),
        sa.Column("digested_at", _INSTANT),
    )
    op.create_index("ix_notifications_user_id_id", "notifications", ["user_id", "id"])
    op.create_index(
        "ix_notifications_unread", "notifications", ["user_id"], postgresql_where=sa.text("read_at IS NULL")
    )


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)
    unprotect("mails")
    protect("mails", PLATFORM_ONLY)
    for name in ("ix_mails_state_id", "ix_mails_recipient_id", "ix_mails_account_id_id", "ix_mails_waiting"):
        op.drop_index(name, table_name="mails")
    for column in reversed(_NEW_COLUMNS):
        op.drop_column("mails", column.name)
