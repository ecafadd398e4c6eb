"""billing: sellers and profiles, subscriptions, invoices."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from serai.migrations.rls import OF_ACCOUNT, protect

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_INSTANT = TIMESTAMP(timezone=True)
_BIG = sa.BigInteger()
_TABLES = {
    "billing_profiles": OF_ACCOUNT,
    "wallet_holds": OF_ACCOUNT,
    "subscriptions": OF_ACCOUNT,
    "subscription_events": OF_ACCOUNT,
    "invoices": OF_ACCOUNT,
    "invoice_lines": OF_ACCOUNT,
    "billed_periods": OF_ACCOUNT,
}
_FUNCTIONS = ("history_is_append_only", "issued_invoices_stay", "lines_of_drafts_only", "lines_stay")


def upgrade() -> None:
    _make_profiles()
    _make_subscriptions_and_invoices()
    op.execute(sa.text(_FIRST_SELLER).bindparams(dunning=_DUNNING))
    for statement in _GUARDS:
        op.execute(statement)
    for table, visible in _TABLES.items():
        protect(table, visible)


def _make_profiles() -> None:
    op.create_table(
        "legal_entities",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", JSONB(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("tax_number", sa.Text(), nullable=True),
        sa.Column("registration", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("tax_registered", sa.Boolean(), nullable=False),
        sa.Column("oss", sa.Boolean(), nullable=False),
        sa.Column("tax_inclusive", sa.Boolean(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("next_invoice", _BIG, nullable=False),
        sa.Column("next_credit_note", _BIG, nullable=False),
        sa.Column("bank", JSONB(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("dunning", JSONB(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_legal_entities"),
        sa.UniqueConstraint("prefix", name="uq_legal_entities_prefix"),
    )
    op.create_index(
        "uq_legal_entities_default",
        "legal_entities",
        ["is_default"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "billing_profiles",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("address", JSONB(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("tax_number", sa.Text(), nullable=True),
        sa.Column("is_business", sa.Boolean(), nullable=False),
        sa.Column("tax_exempt", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("legal_entity_id", sa.Text(), nullable=True),
        sa.Column("partner_id", sa.Text(), nullable=True),
        sa.Column("consolidate", sa.Boolean(), nullable=False),
        sa.Column("use_wallet", sa.Boolean(), nullable=False),
        sa.Column("auto_top_up", JSONB(), nullable=True),
        sa.Column("terms_days", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_billing_profiles_account_id"),
        sa.ForeignKeyConstraint(
            ["legal_entity_id"], ["legal_entities.id"], name="fk_billing_profiles_legal_entity_id"
        ),
        sa.PrimaryKeyConstraint("account_id", name="pk_billing_profiles"),
    )
    op.create_table(
        "tax_rates",
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("country", "valid_from", name="pk_tax_rates"),
    )
    op.create_table(
        "wallet_holds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", _BIG, nullable=False),
        sa.Column("captured", _BIG, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_wallet_holds_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_wallet_holds"),
    )
    op.create_index("ix_wallet_holds_account_id_id", "wallet_holds", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_wallet_holds_expiring",
        "wallet_holds",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
    )


def _make_subscriptions_and_invoices() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("package_id", sa.Text(), nullable=False),
        sa.Column("launch_id", sa.Text(), nullable=True),
        sa.Column("monthly", _BIG, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=True),
        sa.Column("state", JSONB(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_subscriptions_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
    )
    op.create_index("ix_subscriptions_account_id_id", "subscriptions", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_subscriptions_due",
        "subscriptions",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index("ix_subscriptions_launch_id", "subscriptions", ["launch_id"], unique=False)
    op.create_index("ix_subscriptions_package_id", "subscriptions", ["package_id"], unique=False)
    op.create_index("ix_subscriptions_product_id", "subscriptions", ["product_id"], unique=False)
    op.create_table(
        "subscription_events",
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("data", JSONB(), nullable=False),
        sa.Column("actor", JSONB(), nullable=False),
        sa.Column("monthly", _BIG, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("subscription_id", "version", name="pk_subscription_events"),
    )
    op.create_index(
        "ix_subscription_events_account_id_at", "subscription_events", ["account_id", "at"], unique=False
    )
    op.create_index("ix_subscription_events_at", "subscription_events", ["at"], unique=False)
    op.create_table(
        "invoices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("legal_entity_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sequence", _BIG, nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("of_invoice_id", sa.Text(), nullable=True),
        sa.Column("subtotal", _BIG, nullable=False),
        sa.Column("tax", _BIG, nullable=False),
        sa.Column("total", _BIG, nullable=False),
        sa.Column("paid", _BIG, nullable=False),
        sa.Column("credited", _BIG, nullable=False),
        sa.Column("returned", _BIG, nullable=False),
        sa.Column("tax_lines", JSONB(), nullable=False),
        sa.Column("seller", JSONB(), nullable=False),
        sa.Column("buyer", JSONB(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("issued_at", _INSTANT, nullable=True),
        sa.Column("due_at", _INSTANT, nullable=True),
        sa.Column("settled_at", _INSTANT, nullable=True),
        sa.Column("dunning_since", _INSTANT, nullable=True),
        sa.Column("dunning_done", sa.Integer(), nullable=False),
        sa.Column("collect_at", _INSTANT, nullable=True),
        sa.Column("told_at", _INSTANT, nullable=True),
        sa.CheckConstraint(
            "(state IN ('draft', 'void')) = (number IS NULL)", name="ck_invoices_numbered_when_issued"
        ),
        sa.CheckConstraint("credited >= 0 AND paid >= 0 AND returned >= 0", name="ck_invoices_no_negatives"),
        sa.CheckConstraint("total - credited - paid + returned >= 0", name="ck_invoices_not_overpaid"),
        sa.CheckConstraint("total = subtotal + tax", name="ck_invoices_adds_up"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_invoices_account_id"),
        sa.ForeignKeyConstraint(
            ["legal_entity_id"], ["legal_entities.id"], name="fk_invoices_legal_entity_id"
        ),
        sa.ForeignKeyConstraint(["of_invoice_id"], ["invoices.id"], name="fk_invoices_of_invoice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_invoices"),
        sa.UniqueConstraint("key", name="uq_invoices_key"),
        sa.UniqueConstraint(
            "legal_entity_id", "kind", "sequence", name="uq_invoices_legal_entity_id_kind_sequence"
        ),
        sa.UniqueConstraint("number", name="uq_invoices_number"),
    )
    op.create_index("ix_invoices_account_id_id", "invoices", ["account_id", "id"], unique=False)
    op.create_index("ix_invoices_issued_at", "invoices", ["issued_at"], unique=False)
    op.create_index(
        "ix_invoices_collect", "invoices", ["collect_at"], postgresql_where=sa.text("collect_at IS NOT NULL")
    )
    op.create_index(
        "ix_invoices_untold", "invoices", ["id"],
        postgresql_where=sa.text("told_at IS NULL AND number IS NOT NULL"),
    )
    op.create_index("ix_invoices_of_invoice_id", "invoices", ["of_invoice_id"], unique=False)
    op.create_index(
        "ix_invoices_open", "invoices", ["due_at"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_table(
        "invoice_lines",
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", JSONB(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("unit_amount", sa.Numeric(), nullable=False),
        sa.Column("discount", _BIG, nullable=False),
        sa.Column("amount", _BIG, nullable=False),
        sa.Column("tax", _BIG, nullable=False),
        sa.Column("recognised", _BIG, nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=True),
        sa.Column("item_id", sa.Text(), nullable=True),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("package_id", sa.Text(), nullable=True),
        sa.Column("period_start", _INSTANT, nullable=True),
        sa.Column("period_end", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_invoice_lines_invoice_id"),
        sa.PrimaryKeyConstraint("invoice_id", "position", name="pk_invoice_lines"),
    )
    op.create_index("ix_invoice_lines_account_id", "invoice_lines", ["account_id"], unique=False)
    op.create_index("ix_invoice_lines_subscription_id", "invoice_lines", ["subscription_id"], unique=False)
    op.create_index(
        "ix_invoice_lines_unearned",
        "invoice_lines",
        ["period_end"],
        unique=False,
        postgresql_where=sa.text("recognised <> amount"),
    )
    op.create_table(
        "billed_periods",
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("period_start", _INSTANT, nullable=False),
        sa.Column("period_end", _INSTANT, nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_billed_periods_invoice_id"),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name="fk_billed_periods_subscription_id"
        ),
        sa.PrimaryKeyConstraint("subscription_id", "period_start", name="pk_billed_periods"),
    )


# Days after a payment failed, and what is done then. Staff change both on the seller's page.
_DUNNING = (
    '[{"after": 1, "do": "retry"}, {"after": 3, "do": "retry"}, {"after": 5, "do": "retry"}, '
    '{"after": 7, "do": "suspend"}, {"after": 30, "do": "warn"}, {"after": 37, "do": "terminate"}]'
)
_FIRST_SELLER = (
    "INSERT INTO legal_entities (id, name, address, country, tax_registered, oss, tax_inclusive, prefix, "
    "next_invoice, next_credit_note, bank, time_zone, dunning, is_default, created_at) VALUES "
    "('ent_first', 'Your company', '{}', '', false, false, false, 'INV', 1, 1, '{}', 'UTC', "
    "CAST(:dunning AS jsonb), true, now())"
)

_GUARDS = (
    """
CREATE FUNCTION history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what happened to a subscription is not rewritten' USING ERRCODE = 'SE004';
END $$
""",
    "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON subscription_events "
    "FOR EACH STATEMENT EXECUTE FUNCTION history_is_append_only()",
    """
CREATE FUNCTION issued_invoices_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.number IS NULL THEN RETURN OLD; END IF;
        RAISE EXCEPTION 'invoice % was issued and stays', OLD.number USING ERRCODE = 'SE005';
    END IF;
    IF OLD.number IS NOT NULL AND (to_jsonb(OLD) - '{state,paid,credited,returned,settled_at,dunning_since,dunning_done,collect_at,told_at}'::text[])
       <> (to_jsonb(NEW) - '{state,paid,credited,returned,settled_at,dunning_since,dunning_done,collect_at,told_at}'::text[]) THEN
        RAISE EXCEPTION 'invoice % was issued: correct it by a credit note', OLD.number USING ERRCODE = 'SE005';
    END IF;
    IF OLD.number IS NULL AND NEW.number IS NOT NULL AND NOT EXISTS (
        SELECT FROM invoice_lines WHERE invoice_id = NEW.id
        HAVING (coalesce(sum(amount), 0), coalesce(sum(tax), 0)) = (NEW.subtotal, NEW.tax)) THEN
        RAISE EXCEPTION 'invoice % is not the sum of its lines', NEW.number USING ERRCODE = 'SE006';
    END IF;
    RETURN NEW;
END $$
""",
    "CREATE TRIGGER issued_stays BEFORE UPDATE OR DELETE ON invoices "
    "FOR EACH ROW EXECUTE FUNCTION issued_invoices_stay()",
    """
CREATE FUNCTION lines_of_drafts_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM inserted l JOIN invoices i ON i.id = l.invoice_id WHERE i.number IS NOT NULL) THEN
        RAISE EXCEPTION 'an issued invoice gets no more lines' USING ERRCODE = 'SE005';
    END IF;
    RETURN NULL;
END $$
""",
    "CREATE TRIGGER drafts_only AFTER INSERT ON invoice_lines REFERENCING NEW TABLE AS inserted "
    "FOR EACH STATEMENT EXECUTE FUNCTION lines_of_drafts_only()",
    """
CREATE FUNCTION lines_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM invoices i WHERE i.id = OLD.invoice_id AND i.number IS NOT NULL) THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'recognised' = to_jsonb(NEW) - 'recognised' THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'the lines of an issued invoice stay' USING ERRCODE = 'SE005';
END $$
""",
    "CREATE TRIGGER lines_stay BEFORE UPDATE OR DELETE ON invoice_lines FOR EACH ROW EXECUTE FUNCTION lines_stay()",
)


def downgrade() -> None:
    for table in (
        "billed_periods",
        "invoice_lines",
        "invoices",
        "subscription_events",
        "subscriptions",
        "wallet_holds",
        "tax_rates",
        "billing_profiles",
        "legal_entities",
    ):
        op.drop_table(table)
    for name in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
