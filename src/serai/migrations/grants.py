"""What the role may do that everything but migrations runs as: read and write, own nothing."""

from psycopg import sql
from sqlalchemy import text

from serai.kit.db import Database

# The audit trail is written by inserting, and its chains by a trigger alone.
_TAKEN_AWAY = (
    ("INSERT, UPDATE, DELETE", "alembic_version"),
    ("UPDATE, DELETE", "audit_records"),
    ("INSERT, UPDATE, DELETE", "audit_chains"),
    # The ledger is written by its posting function alone.
    ("INSERT, UPDATE, DELETE", "ledger_kinds"),
    ("INSERT, UPDATE, DELETE", "ledger_accounts"),
    ("INSERT, UPDATE, DELETE", "ledger_transfers"),
    ("INSERT, UPDATE, DELETE", "ledger_entries"),
)


async def give(database: Database, role: str) -> None:
    """Repeatable, and after each migration repeated: new tables need it, too."""
    name = sql.Identifier(role)
    statements = [
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name),
        sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(name),
        sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(name),
        *(
            sql.SQL("REVOKE {} ON {} FROM {}").format(sql.SQL(rights), sql.Identifier(table), name)
            for rights, table in _TAKEN_AWAY
        ),
    ]
    async with database.connection() as connection:
        for statement in statements:
            await connection.execute(text(statement.as_string()))
