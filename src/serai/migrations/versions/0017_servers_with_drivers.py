"""A server's row says how it is worked with; the one there was goes by the platform's own settings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    drivers = sa.Column("drivers", postgresql.JSONB(), nullable=False, server_default="{}")
    op.add_column("servers", drivers)
    op.alter_column("servers", "drivers", server_default=None)


def downgrade() -> None:
    op.drop_column("servers", "drivers")
