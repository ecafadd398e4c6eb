"""launches follow their subscriptions: suspension, the end after it, and what they may use."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_COLUMNS = (
    sa.Column("suspension", sa.Text()),
    sa.Column("terminate_at", TIMESTAMP(timezone=True)),
    sa.Column("resources", JSONB()),
    sa.Column("subscription_id", sa.Text()),
)


def upgrade() -> None:
    for column in _COLUMNS:
        op.add_column("launches", column)
    op.create_index(
        "ix_launches_ending", "launches", ["terminate_at"], postgresql_where=sa.text("terminate_at IS NOT NULL")
    )
    op.create_index("ix_launches_subscription_id", "launches", ["subscription_id"])


def downgrade() -> None:
    op.drop_index("ix_launches_subscription_id", table_name="launches")
    op.drop_index("ix_launches_ending", table_name="launches")
    for column in reversed(_COLUMNS):
        op.drop_column("launches", column.name)
