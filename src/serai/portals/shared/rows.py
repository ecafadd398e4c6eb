"""Launches and operations as lists show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from serai.kit.db import Session
from serai.kit.i18n import gettext, pick
from serai.modules import audit, billing, catalog, launches, operations

_Row = TypeVar("_Row", launches.Launch, operations.Operation, audit.AuditRecord, billing.invoices.Invoice)


@dataclass(frozen=True, slots=True)
class SystemRow:
    id: str
    name: str
    state: str
    host: str
    url: str
    product: str
    package: str
    owner: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OperationRow:
    id: str
    title: str
    subject: str
    subject_name: str
    is_of_system: bool
    state: str
    progress: int
    created_at: datetime
    duration_ms: int | None
    actor: str


class Names:
    """Products' and packages' names by slug and key, read once for a whole list."""

    def __init__(self, products: Sequence[catalog.ProductView]) -> None:
        self._products: Mapping[str, catalog.ProductView] = {each.slug: each for each in products}

    @classmethod
    async def read(cls, session: Session) -> "Names":
        return cls(await catalog.list_products(session, listed_only=False))

    def product(self, slug: str) -> str:
        found = self._products.get(slug)
        return pick(found.name) if found else slug

    def package(self, slug: str, key: str) -> str:
        """A retired package has only its key left."""
        found = self._products.get(slug)
        names = {each.key: pick(each.name) for each in found.packages} if found else {}
        return names.get(key, key)


def system_row(launch: launches.Launch, names: Names) -> SystemRow:
    return SystemRow(
        id=launch.id, name=launch.name, state=launch.state, host=launch.host, url=launch.url,
        product=names.product(launch.product), package=names.package(launch.product, launch.package),
        owner=launch.email, created_at=launch.created_at,
    )  # fmt: skip


def operation_row(operation: operations.Operation) -> OperationRow:
    view = operations.view(operation)
    return OperationRow(
        id=view.id, title=gettext(view.title), subject=view.subject, subject_name=view.subject_name,
        is_of_system=view.subject.startswith("lch_"), state=view.state, progress=view.progress,
        created_at=view.created_at, duration_ms=view.duration_ms, actor=view.actor.get("name") or "",
    )  # fmt: skip


def cut(rows: Sequence[_Row], limit: int) -> tuple[Sequence[_Row], str | None]:
    """At most `limit` of the rows read (one more than that was asked for), and the next page's cursor."""
    shown = rows[:limit]
    return shown, shown[-1].id if len(rows) > limit else None
