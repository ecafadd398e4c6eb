"""Alembic's entry: runs on the connection it is handed."""

from alembic import context

from serai.kit.db import Base
from serai.migrations import tables as _tables  # noqa: F401 - fills the metadata


def _ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    return not (
        kind in {"table", "index"} and (name or "").startswith(("procrastinate_", "idx_procrastinate"))
    )


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_object=_ours,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
