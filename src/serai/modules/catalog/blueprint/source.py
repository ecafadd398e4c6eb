"""Reads YAML into plain data and remembers where each value stands."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from serai.modules.catalog.blueprint.problems import Location, Problem, path_text

_MAX_BYTES = 1_000_000
_SCALARS = frozenset({"str", "int", "float", "bool", "null"})


class Source:
    """One blueprint file: `data` (None when unreadable), marks, and what was wrong on the way."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.data: Any = None
        self.problems: list[Problem] = []
        self._marks: dict[Location, tuple[int, int]] = {}
        self._keys: dict[Location, tuple[int, int]] = {}
        self._seen: set[int] = set()
        self._read()

    def problem(self, location: Location, message: str, *, at_key: bool = False) -> Problem:
        """A problem at the value of `location`, or at its key; the nearest known place counts."""
        line, column = self._position(location, at_key=at_key)
        return Problem(self.file, line, column, path_text(location), message)

    def report(self, location: Location, message: str, *, at_key: bool = False) -> None:
        self.problems.append(self.problem(location, message, at_key=at_key))

    def _position(self, location: Location, *, at_key: bool) -> tuple[int, int]:
        if at_key and location in self._keys:
            return self._keys[location]
        while location and location not in self._marks:
            location = location[:-1]
        return self._marks.get(location, (1, 1))

    def _read(self) -> None:
        try:
            if self.file.stat().st_size > _MAX_BYTES:
                self.report((), f"the file is larger than {_MAX_BYTES:,} bytes.")
                return
            root = yaml.compose(self.file.read_text("utf-8"), Loader=yaml.SafeLoader)
        except FileNotFoundError:
            self.report((), "there is no such file; expected a blueprint.yaml.")
        except IsADirectoryError:
            self.report((), "this is a directory; name the blueprint.yaml in it.")
        except (OSError, UnicodeDecodeError) as error:
            self.report((), f"the file cannot be read as UTF-8 text: {error}.")
        except yaml.YAMLError as error:
            self._syntax_error(error)
        else:
            if root is None:
                self.report((), "the file is empty; expected `serai: 1` and so on.")
            else:
                self.data = self._value(root, ())

    def _syntax_error(self, error: yaml.YAMLError) -> None:
        mark = getattr(error, "problem_mark", None)
        text = getattr(error, "problem", None) or str(error)
        context = getattr(error, "context", None)
        if mark is not None:
            self._marks[()] = (mark.line + 1, mark.column + 1)
        self.report((), f"no valid YAML: {text}{f' ({context})' if context else ''}.")

    def _value(self, node: yaml.Node, location: Location) -> Any:
        self._marks[location] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if id(node) in self._seen:
            message = "aliases (*name) are not supported; write the value out."
            self.report(location, message, at_key=True)
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, location)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*location, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, location)

    def _mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._scalar(key_node, location) if _is_scalar(key_node) else None
            name = key if isinstance(key, str) else str(key_node.value)
            place = (*location, name)
            mark = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if name in result:
                first = self._keys[place][0]
                self._keys[place] = mark
                self.report(place, f"the key stands twice, first in line {first}.", at_key=True)
                continue
            self._keys[place] = mark
            result[name] = self._value(value_node, place)
        return result

    def _scalar(self, node: yaml.Node, location: Location) -> Hashable:
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        if kind not in _SCALARS:
            return str(node.value)
        try:
            value: Hashable = yaml.SafeLoader("").construct_object(node)
        except (yaml.YAMLError, ValueError):
            self.report(location, f"{node.value!r} cannot be read as {kind}.")
            return None
        return value


def _is_scalar(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode)
