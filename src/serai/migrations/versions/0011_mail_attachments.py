"""what mails carry with them"""

import sqlalchemy as sa
from alembic import op

from serai.migrations.rls import OF_ACCOUNT, protect

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mails", sa.Column("attachments", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("mails", "attachments", server_default=None)
    op.create_table(
        "mail_attachments",
        sa.Column("mail_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["mails.id"], name=op.f("fk_mail_attachments_mail_id_mails"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mail_id", "position", name=op.f("pk_mail_attachments")),
    )
    # A PDF is compressed already.
    op.execute("ALTER TABLE mail_attachments ALTER COLUMN content SET STORAGE EXTERNAL")
    protect("mail_attachments", OF_ACCOUNT)


def downgrade() -> None:
    op.drop_table("mail_attachments")
    op.drop_column("mails", "attachments")
