"""operations keep the version of the workflow they were queued with; all before were of the first."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("operations", sa.Column("workflow_version", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    op.drop_column("operations", "workflow_version")
