"""The capabilities, from the lowest up: a module may call those before it and never one behind it."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

from serai.kit.module import Module, read

ORDER = ("audit", "identity", "operations", "notifications", "catalog", "billing", "fleet", "launches")


@cache
def registered() -> Sequence[Module]:
    """What each of them brings along. Loads none of them."""
    return tuple(read(__name__, Path(__file__).parent, ORDER))


def load_all() -> None:
    """Import every door: tables, permissions, events, jobs and reactions are there then."""
    for name in ORDER:
        import_module(f"{__name__}.{name}")
