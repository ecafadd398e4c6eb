"""How many periods a coupon was used for is counted from what was billed, not kept beside it."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_COUNT = sa.text(
    """
    UPDATE coupon_redemptions r SET periods_used = found.count
    FROM (SELECT used.redemption_id, count(*) AS count FROM subscription_events e
          CROSS JOIN LATERAL jsonb_array_elements_text(e.data -> 'used') AS used(redemption_id)
          WHERE e.type IN ('activated', 'renewed') GROUP BY used.redemption_id) found
    WHERE r.id = found.redemption_id
    """
)


def upgrade() -> None:
    op.drop_column("coupon_redemptions", "periods_used")


def downgrade() -> None:
    column = sa.Column("periods_used", sa.Integer(), nullable=False, server_default="0")
    op.add_column("coupon_redemptions", column)
    op.execute(_COUNT)
    op.alter_column("coupon_redemptions", "periods_used", server_default=None)
