"""What steps and jobs work with besides the database: one object a type, put in by a composition root."""

from collections.abc import Mapping
from typing import Any, TypeVar

Tools = Mapping[type[Any], object]
Tool = TypeVar("Tool")


def find_tool(tools: Tools, kind: type[Tool]) -> Tool:
    """Raises LookupError, naming it, when the composition root has put none in."""
    found = tools.get(kind)
    if isinstance(found, kind):
        return found
    raise LookupError(f"no {kind.__qualname__} is among the tools of this process")
