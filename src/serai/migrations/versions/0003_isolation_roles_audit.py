"""Row-level security, roles, invitations, scoped keys, and the audit trail."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from serai.migrations.rls import ACCOUNT, ACTOR, OF_ACCOUNT, OF_USER, PLATFORM_ONLY, USER, protect, unprotect

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = postgresql.TIMESTAMP(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")

_OF_OPERATION = "EXISTS (SELECT FROM operations o WHERE o.id = operation_id)"
_PROTECTED = {
    "accounts": f"id = {ACCOUNT} OR EXISTS (SELECT FROM memberships m WHERE m.account_id = accounts.id "
                f"AND m.user_id = {USER})",
    "users": f"id = {USER} OR EXISTS (SELECT FROM memberships m WHERE m.user_id = users.id "
             f"AND m.account_id = {ACCOUNT})",
    "memberships": f"{OF_ACCOUNT} OR {OF_USER}",
    "roles": OF_ACCOUNT,
    "invitations": OF_ACCOUNT,
    "support_grants": OF_ACCOUNT,
    "sign_in_codes": PLATFORM_ONLY,
    "sessions": OF_USER,
    "api_tokens": OF_ACCOUNT,
    "launches": OF_ACCOUNT,
    "allocations": PLATFORM_ONLY,
    "operations": OF_ACCOUNT,
    "operation_steps": _OF_OPERATION,
    "operation_log_lines": _OF_OPERATION,
    "mails": PLATFORM_ONLY,
    "idempotency_keys": f"actor_id = {ACTOR}",
    "audit_chains": f"chain = {ACCOUNT}",
}  # fmt: skip

# What is sealed, in the form that `serai audit verify` computes again.
_SEAL = """
CREATE FUNCTION audit_seal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE head public.audit_chains;
BEGIN
    NEW.chain := coalesce(NEW.account_id, 'platform');
    INSERT INTO public.audit_chains (chain, length, hash) VALUES (NEW.chain, 0, '') ON CONFLICT DO NOTHING;
    SELECT * INTO head FROM public.audit_chains WHERE chain = NEW.chain FOR UPDATE;
    NEW.position := head.length + 1;
    NEW.previous_hash := head.hash;
    NEW.hash := encode(sha256(convert_to(public.audit_text(NEW), 'UTF8')), 'hex');
    UPDATE public.audit_chains SET length = NEW.position, hash = NEW.hash WHERE chain = NEW.chain;
    RETURN NEW;
END $$
"""
_TEXT = """
CREATE FUNCTION audit_text(r audit_records) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, public AS $$
    SELECT concat_ws(E'\\n',
        r.chain, r.position::text, r.previous_hash, r.id, coalesce(r.account_id, '-'),
        coalesce(r.user_id, '-'), r.action, r.subject, r.actor::text, coalesce(r.before::text, '-'),
        coalesce(r.after::text, '-'), r.data::text, coalesce(r.ip, '-'),
        to_json(coalesce(r.user_agent, '-'))::text, r.via, coalesce(r.request_id, '-'),
        to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'))
$$
"""
_NEVER = """
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'audit records are never changed'; END $$
"""


def upgrade() -> None:
    _people()
    _sessions_and_keys()
    _audit()
    for table, condition in _PROTECTED.items():
        protect(table, condition)
    # The trigger runs as the owner, who alone moves the chains on.
    op.execute("CREATE POLICY sealing ON audit_chains TO CURRENT_USER USING (true) WITH CHECK (true)")
    # Written by whoever changes something of the platform's own; seen by those it is about.
    protect("events", OF_ACCOUNT, writable=f"({OF_ACCOUNT} OR account_id IS NULL)")
    protect(
        "audit_records", f"({OF_ACCOUNT} OR {OF_USER})",
        writable=f"({OF_ACCOUNT} OR account_id IS NULL)",
    )  # fmt: skip


def _people() -> None:
    op.add_column("users", sa.Column("name", sa.Text(), nullable=False, server_default=""))
    op.alter_column("users", "name", server_default=None)
    for name, kind in (("staff_role", sa.Text()), ("email_verified_at", INSTANT), ("deactivated_at", INSTANT)):
        op.add_column("users", sa.Column(name, kind, nullable=True))
    op.execute("UPDATE users SET staff_role = 'superadmin' WHERE is_staff")
    op.drop_column("users", "is_staff")
    for name in ("deactivated_at", "deleted_at"):
        op.add_column("accounts", sa.Column(name, INSTANT, nullable=True))
    op.add_column("memberships", sa.Column("joined_at", INSTANT, nullable=False, server_default=sa.text("now()")))
    op.add_column("memberships", sa.Column("deactivated_at", INSTANT, nullable=True))
    op.create_index(op.f("ix_memberships_user_id"), "memberships", ["user_id"])
    op.create_table(
        "roles",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("permissions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_roles_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_roles_account_id_name")),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("accepted_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_invitations_account_id")),
        sa.ForeignKeyConstraint(["invited_by"], ["users.id"], name=op.f("fk_invitations_invited_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_index(
        "uq_invitations_open", "invitations", ["account_id", "email"], unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND revoked_at IS NULL"),
    )  # fmt: skip
    op.create_table(
        "support_grants",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("may_change", sa.Boolean(), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_support_grants_account_id")),
        sa.ForeignKeyConstraint(["granted_by"], ["users.id"], name=op.f("fk_support_grants_granted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_grants")),
    )
    op.create_index(op.f("ix_support_grants_account_id"), "support_grants", ["account_id"])


def _sessions_and_keys() -> None:
    # Sessions of before know neither device nor method: everybody signs in once more.
    op.drop_table("sessions")
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("sudo_at", INSTANT, nullable=True),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("impersonator_id", sa.Text(), nullable=True),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id")),
        sa.ForeignKeyConstraint(["impersonator_id"], ["users.id"], name=op.f("fk_sessions_impersonator_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"])
    for name, kind in (
        ("hint", sa.Text()), ("user_id", sa.Text()), ("scopes", postgresql.ARRAY(sa.Text())),
        ("rotated_from", sa.Text()), ("last_used_at", INSTANT), ("last_used_ip", sa.Text()),
    ):  # fmt: skip
        op.add_column("api_tokens", sa.Column(name, kind, nullable=True))
    op.execute(
        "UPDATE api_tokens t SET hint = 'serai_', scopes = ARRAY['*'], user_id = "
        "(SELECT min(m.user_id) FROM memberships m WHERE m.account_id = t.account_id AND m.role = 'owner')"
    )
    for name in ("hint", "user_id", "scopes"):
        op.alter_column("api_tokens", name, nullable=False)
    op.create_foreign_key(op.f("fk_api_tokens_user_id"), "api_tokens", "users", ["user_id"], ["id"])
    op.create_index(op.f("ix_api_tokens_account_id"), "api_tokens", ["account_id"])


def _audit() -> None:
    op.create_table(
        "audit_records",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("actor", JSON, nullable=False),
        sa.Column("before", JSON, nullable=True),
        sa.Column("after", JSON, nullable=True),
        sa.Column("data", JSON, nullable=False),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_records")),
    )
    for columns in (["account_id", "id"], ["user_id", "id"], ["subject", "id"]):
        op.create_index(op.f(f"ix_audit_records_{'_'.join(columns)}"), "audit_records", columns)
    op.create_index("uq_audit_records_chain_position", "audit_records", ["chain", "position"], unique=True)
    op.create_table(
        "audit_chains",
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_chains")),
    )
    for statement in (_TEXT, _SEAL, _NEVER):
        op.execute(statement)
    op.execute("CREATE TRIGGER seal BEFORE INSERT ON audit_records FOR EACH ROW EXECUTE FUNCTION audit_seal()")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_records "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
    )


def downgrade() -> None:
    for table in (*_PROTECTED, "events", "audit_records"):
        unprotect(table)
    op.drop_table("audit_chains")
    op.execute("DROP TRIGGER append_only ON audit_records")
    op.execute("DROP TRIGGER seal ON audit_records")
    op.execute("DROP FUNCTION audit_seal(), audit_text(audit_records), audit_is_append_only()")
    op.drop_table("audit_records")
    op.drop_index(op.f("ix_api_tokens_account_id"), "api_tokens")
    op.drop_constraint(op.f("fk_api_tokens_user_id"), "api_tokens")
    for name in ("hint", "user_id", "scopes", "rotated_from", "last_used_at", "last_used_ip"):
        op.drop_column("api_tokens", name)
    op.drop_table("sessions")
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"])
    for table in ("support_grants", "invitations", "roles"):
        op.drop_table(table)
    op.drop_index(op.f("ix_memberships_user_id"), "memberships")
    for table, columns in {
        "memberships": ("joined_at", "deactivated_at"),
        "accounts": ("deactivated_at", "deleted_at"),
    }.items():
        for name in columns:
            op.drop_column(table, name)
    op.add_column("users", sa.Column("is_staff", sa.Boolean(), nullable=False, server_default="false"))
    op.execute("UPDATE users SET is_staff = true WHERE staff_role IS NOT NULL")
    op.alter_column("users", "is_staff", server_default=None)
    for name in ("name", "staff_role", "email_verified_at", "deactivated_at"):
        op.drop_column("users", name)
