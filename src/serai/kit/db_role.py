"""Isolation holds only for a role it binds: start-up refuses any other (ADR 11)."""

from sqlalchemy import text

from serai.kit.db import Database
from serai.kit.errors import Unavailable

_WHAT_IT_IS = text(
    """
    SELECT current_user AS name, r.rolsuper AS superuser, r.rolbypassrls AS bypasses,
        EXISTS (
            SELECT FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND pg_has_role(current_user, c.relowner, 'MEMBER')
        ) AS owns
    FROM pg_roles r WHERE r.rolname = current_user
    """
)


async def refuse_wrong_role(database: Database) -> None:
    """Raises Unavailable when the role is a superuser, bypasses row security, or owns a table."""
    async with database.transaction() as session:
        role = (await session.execute(_WHAT_IT_IS)).one()
    wrong = [
        text_
        for is_so, text_ in (
            (role.superuser, "is a superuser"),
            (role.bypasses, "bypasses row-level security"),
            (role.owns, "owns the tables, or is a member of the role that does"),
        )
        if is_so
    ]
    if wrong:
        raise Unavailable(
            f"The database role {role.name} {' and '.join(wrong)}: accounts would not be kept apart. "
            "Point DATABASE_URL at a role that owns nothing, and SERAI_OWNER_DATABASE_URL at the owner "
            "(docs/operations.md, “Your own PostgreSQL”)."
        )
