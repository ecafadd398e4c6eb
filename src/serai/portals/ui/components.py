"""`ui` in every template: all macros of templates/ui/*.html under one name, without imports."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2

_MACRO = re.compile(r"{%-?\s*macro\s+([a-z]\w*)\s*\(")


class Components:
    """`ui.badge` is the macro `badge`, in whichever file of `directory` it stands."""

    def __init__(self, environment: jinja2.Environment, directory: Path) -> None:
        self._environment = environment
        self._files: dict[str, str] = {}
        for path in sorted(directory.glob("*.html")):
            for name in _MACRO.findall(path.read_text()):
                if name in self._files:
                    message = f"Component {name} stands in {self._files[name]} and {path.name}"
                    raise ValueError(message)
                self._files[name] = f"{directory.name}/{path.name}"

    def names(self) -> list[str]:
        return sorted(self._files)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        file = self._files.get(name)
        if file is None:
            message = f"There is no component ui.{name}; there are: {', '.join(self.names())}"
            # Jinja turns AttributeError into an undefined value without this text.
            raise (AttributeError if name.startswith(("_", "jinja")) else LookupError)(message)
        macro: Callable[..., Any] = getattr(self._environment.get_template(file).module, name)
        return macro
