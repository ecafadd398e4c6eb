"""Names of a package that are imported when somebody first asks for them (PEP 562), so that a heavy
library costs those who use it and nobody else's start."""

import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Any


def when_used(package: str, modules: Sequence[str] = (), **names: Sequence[str]) -> Callable[[str], Any]:
    """The package's `__getattr__`: its `modules`, and the `names` that stand in a module each. The same
    imports stand under `if TYPE_CHECKING:` for readers and checkers."""
    homes = {name: module for module, found in names.items() for name in found}

    def get(name: str) -> Any:
        if name in modules:
            return importlib.import_module(f"{package}.{name}")
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return get
