"""usage; payments: gateways, ways to pay, payments, refunds, notices, payouts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from serai.migrations.rls import OF_ACCOUNT, PLATFORM_ONLY, protect

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_INSTANT = TIMESTAMP(timezone=True)
_BIG = sa.BigInteger()
_TABLES = {
    "usage_events": OF_ACCOUNT,
    "usage_periods": OF_ACCOUNT,
    "usage_limits": OF_ACCOUNT,
    "gateways": PLATFORM_ONLY,
    "gateway_notes": PLATFORM_ONLY,
    "payment_methods": OF_ACCOUNT,
    "payments": OF_ACCOUNT,
    "payment_refunds": OF_ACCOUNT,
    "gateway_notices": PLATFORM_ONLY,
    "payouts": PLATFORM_ONLY,
}


def upgrade() -> None:
    _make_usage()
    _make_payments()
    for table, visible in _TABLES.items():
        protect(table, visible)


def _make_usage() -> None:
    op.create_table(
        "usage_events",
        sa.Column("reporter", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("meter_id", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("distinct_of", sa.Text(), nullable=True),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.Column("voided", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("reporter", "source", "event_id", name="pk_usage_events"),
    )
    op.create_index(
        "ix_usage_events_rating",
        "usage_events",
        ["subscription_id", "meter_id", "at"],
        unique=False,
        postgresql_where=sa.text("NOT voided"),
    )
    op.create_table(
        "usage_periods",
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("charge_id", sa.Text(), nullable=False),
        sa.Column("period_start", _INSTANT, nullable=False),
        sa.Column("period_end", _INSTANT, nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("amount", _BIG, nullable=False),
        sa.Column("cap", _BIG, nullable=True),
        sa.Column("billed_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name="fk_usage_periods_subscription_id"
        ),
        sa.PrimaryKeyConstraint("subscription_id", "charge_id", "period_start", name="pk_usage_periods"),
    )
    op.create_table(
        "usage_limits",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("amount", _BIG, nullable=False),
        sa.Column("counts_from", _INSTANT, nullable=False),
        sa.Column("told_for", _INSTANT, nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name="fk_usage_limits_subscription_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_usage_limits"),
    )
    op.create_index("ix_usage_limits_subscription_id", "usage_limits", ["subscription_id"], unique=False)


def _make_payments() -> None:
    op.create_table(
        "gateways",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("test_mode", sa.Boolean(), nullable=False),
        sa.Column("sealed_values", sa.Text(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("tested_at", _INSTANT, nullable=True),
        sa.Column("test_result", sa.Text(), nullable=True),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_gateways"),
    )
    op.create_table(
        "gateway_notes",
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", JSONB(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("gateway", "key", name="pk_gateway_notes"),
    )
    op.create_table(
        "payment_methods",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("expires", sa.Text(), nullable=True),
        sa.Column("sealed_reference", sa.Text(), nullable=False),
        sa.Column("payer_reference", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_payment_methods_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_payment_methods"),
    )
    op.create_index("ix_payment_methods_account_id_id", "payment_methods", ["account_id", "id"], unique=False)
    op.create_index(
        "uq_payment_methods_default",
        "payment_methods",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("is_default AND state <> 'removed'"),
    )
    op.create_table(
        "payments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("method_id", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", _BIG, nullable=False),
        sa.Column("refunded", _BIG, nullable=False),
        sa.Column("fee", _BIG, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("off_session", sa.Boolean(), nullable=False),
        sa.Column("save_method", sa.Boolean(), nullable=False),
        sa.Column("redirect_url", sa.Text(), nullable=True),
        sa.Column("return_path", sa.Text(), nullable=False),
        sa.Column("details", JSONB(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("look_at", _INSTANT, nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("settled_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_payments_account_id"),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_payments_invoice_id"),
        sa.ForeignKeyConstraint(["method_id"], ["payment_methods.id"], name="fk_payments_method_id"),
        sa.PrimaryKeyConstraint("id", name="pk_payments"),
        sa.UniqueConstraint("gateway", "reference", name="uq_payments_gateway_reference"),
        sa.UniqueConstraint("key", name="uq_payments_key"),
    )
    op.create_index("ix_payments_account_id_id", "payments", ["account_id", "id"], unique=False)
    op.create_index("ix_payments_invoice_id", "payments", ["invoice_id"], unique=False)
    op.create_index(
        "ix_payments_look",
        "payments",
        ["look_at"],
        unique=False,
        postgresql_where=sa.text("look_at IS NOT NULL"),
    )
    op.create_table(
        "payment_refunds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=True),
        sa.Column("amount", _BIG, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("try_at", _INSTANT, nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("settled_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_payment_refunds_account_id"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_payment_refunds_payment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_payment_refunds"),
    )
    op.create_index("ix_payment_refunds_payment_id", "payment_refunds", ["payment_id"], unique=False)
    op.create_index("ix_payment_refunds_try_at", "payment_refunds", ["try_at"], unique=False)
    op.create_table(
        "gateway_notices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("charge_id", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.Column("handled_at", _INSTANT, nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_gateway_notices"),
        sa.UniqueConstraint("gateway", "event_id", name="uq_gateway_notices_gateway_event_id"),
    )
    op.create_index("ix_gateway_notices_received_at", "gateway_notices", ["received_at"], unique=False)
    op.create_table(
        "payouts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", _BIG, nullable=False),
        sa.Column("fees", _BIG, nullable=False),
        sa.Column("difference", _BIG, nullable=False),
        sa.Column("arrived_at", _INSTANT, nullable=False),
        sa.Column("lines", JSONB(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payouts"),
        sa.UniqueConstraint("gateway", "reference", name="uq_payouts_gateway_reference"),
    )


def downgrade() -> None:
    for table in (
        "payouts",
        "gateway_notices",
        "payment_refunds",
        "payments",
        "payment_methods",
        "gateway_notes",
        "gateways",
        "usage_limits",
        "usage_periods",
        "usage_events",
    ):
        op.drop_table(table)
