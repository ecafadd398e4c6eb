"""Signing in to launched systems: keys, clients and grants; provisioning."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from serai.migrations.rls import OF_ACCOUNT, PLATFORM_ONLY, protect, unprotect

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_INSTANT = TIMESTAMP(timezone=True)
_PROTECTED = {
    "signing_keys": PLATFORM_ONLY,
    "sign_in_clients": OF_ACCOUNT,
    "sign_in_grants": OF_ACCOUNT,
    "directory_entries": OF_ACCOUNT,
}


def upgrade() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("public_key", JSONB(), nullable=False),
        sa.Column("sealed_key", sa.Text(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("signs_from", _INSTANT, nullable=False),
        sa.Column("published_until", _INSTANT),
    )
    op.create_table(
        "sign_in_clients",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("account_id", sa.Text(), sa.ForeignKey("accounts.id"), nullable=False, index=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("open_uri", sa.Text()),
        sa.Column("roles", JSONB(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT),
    )
    op.create_table(
        "sign_in_grants",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False, unique=True),
        sa.Column(
            "client_id", sa.Text(), sa.ForeignKey("sign_in_clients.id"),
            nullable=False, index=True,
        ),
        sa.Column("account_id", sa.Text(), sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("user_id", sa.Text(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("redirect_uri", sa.Text()),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text()),
        sa.Column("code_challenge", sa.Text()),
        sa.Column("signed_in_at", _INSTANT, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False, index=True),
        sa.Column("used_at", _INSTANT),
        sa.Column("revoked_at", _INSTANT),
    )
    op.create_table(
        "directory_entries",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("account_id", sa.Text(), sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("user_id", sa.Text(), sa.ForeignKey("users.id")),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("document", JSONB(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.UniqueConstraint("account_id", "user_name"),
        sa.UniqueConstraint("account_id", "user_id"),
    )
    for table, condition in _PROTECTED.items():
        protect(table, condition)


def downgrade() -> None:
    for table in reversed(_PROTECTED):
        unprotect(table)
        op.drop_table(table)
