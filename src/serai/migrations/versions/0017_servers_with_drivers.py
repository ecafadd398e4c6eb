"""A server's row says how it is worked with, and releases are built per server. The servers there were
go by the platform's own settings, so what was built stands on them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_STANDING = """
    INSERT INTO server_releases (server_id, release_id, state)
    SELECT s.id, r.id, r.state FROM servers s CROSS JOIN releases r
    WHERE r.state IN ('building', 'ready', 'failed')
"""
# Builds under way go on, and failed ones can be tried again: on the server they were meant for.
_BUILDS = """
    UPDATE operations o SET subject = o.subject || '@' || s.id,
        input = jsonb_build_object('release_id', o.subject, 'server_id', s.id)
    FROM (SELECT id FROM servers ORDER BY created_at, id LIMIT 1) s
    WHERE o.kind = 'build_release'
"""
_BUILDS_BACK = """
    UPDATE operations SET subject = input ->> 'release_id', input = '{}'
    WHERE kind = 'build_release' AND input ? 'release_id'
"""


def upgrade() -> None:
    drivers = sa.Column("drivers", postgresql.JSONB(), nullable=False, server_default="{}")
    op.add_column("servers", drivers)
    op.alter_column("servers", "drivers", server_default=None)
    op.create_table(
        "server_releases",
        sa.Column("server_id", sa.Text(), nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_server_releases_server_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.id"], name=op.f("fk_server_releases_release_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("server_id", "release_id", name=op.f("pk_server_releases")),
        sa.CheckConstraint("state IN ('building', 'ready', 'failed')", name=op.f("ck_server_releases_state")),
    )
    op.execute(_STANDING)
    op.execute(_BUILDS)


def downgrade() -> None:
    op.execute(_BUILDS_BACK)
    op.drop_table("server_releases")
    op.drop_column("servers", "drivers")
