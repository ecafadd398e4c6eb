"""The side navigation of each portal. A page module registers its entry when it is imported."""

from collections.abc import Callable
from dataclasses import dataclass

from serai.kit.actor import Actor
from serai.kit.i18n import LazyText


def _always(_actor: Actor | None) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class NavItem:
    """`icon` is a name in assets/icons.txt. An entry is the present page for its `href` and
    everything below it; with `exact`, for its `href` only."""

    label: LazyText | str
    href: str
    icon: str
    order: int = 100
    group: LazyText | str = ""
    exact: bool = False
    visible: Callable[[Actor | None], bool] = _always

    def is_current(self, path: str) -> bool:
        if self.exact:
            return path.rstrip("/") == self.href.rstrip("/")
        return path == self.href or path.startswith(self.href.rstrip("/") + "/")


_items: dict[str, dict[str, NavItem]] = {}


def register(portal: str, *items: NavItem) -> None:
    """Add entries to "storefront", "console" or "admin"; the same href replaces."""
    for item in items:
        _items.setdefault(portal, {})[item.href] = item


def entries(portal: str, actor: Actor | None = None) -> list[NavItem]:
    found = _items.get(portal, {}).values()
    return sorted((each for each in found if each.visible(actor)), key=lambda each: each.order)


def groups(portal: str, actor: Actor | None = None) -> list[tuple[str, list[NavItem]]]:
    """Entries by group, groups in the order of their first entry."""
    grouped: dict[str, list[NavItem]] = {}
    for item in entries(portal, actor):
        grouped.setdefault(str(item.group), []).append(item)
    return list(grouped.items())
