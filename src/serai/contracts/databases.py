"""A server's tenant databases. Changes carry a fence (`fencing`)."""

from collections.abc import Mapping, Sequence
from typing import Protocol
from urllib.parse import unquote, urlsplit


class Databases(Protocol):
    """A server's tenant databases. Names are made by Serai, never typed by people.

    A change also cuts off whoever else is still at work on the same name with an earlier claim.
    """

    async def create_template(self, name: str, password: str, fence: int) -> str:
        """An empty database owned by a role of the same name; returns the owner's URL. An
        unfinished one of that name is dropped first."""

    async def seal_template(self, name: str, fence: int) -> None:
        """Mark it as template, allow no connection, take away its role's login."""

    async def clone(self, template: str, name: str, password: str, fence: int) -> None:
        """A copy of `template`, owned with all its objects by the new role `name`; only that role
        may connect."""

    async def execute(self, name: str, script: str, parameters: Mapping[str, str], fence: int) -> None:
        """Run SQL with `%(key)s` parameters inside `name` as its owner, in one transaction."""

    async def set_connectable(self, name: str, allowed: bool) -> None:
        """Stop: nobody may connect and who is connected is cut off. Start: the owner may."""

    async def drop(self, name: str, fence: int) -> None:
        """Drop the database (cutting its connections) and its role, whichever of them exist."""

    async def names(self) -> Sequence[str]:
        """All tenant databases, templates and tenant roles there are, for finding orphans."""

    def url(self, name: str, password: str) -> str:
        """What the launch's process gets as its database address."""


def database_values(url: str) -> dict[str, str]:
    """The `database.*` placeholders of a database's address, in which each part is quoted."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "database.url": url,
        "database.name": unquote(parts.path.lstrip("/")),
        "database.host": unquote(query.get("host", host)),
        "database.port": query.get("port", str(parts.port or 5432)),
        "database.user": unquote(parts.username or ""),
        "database.password": unquote(parts.password or ""),
    }
