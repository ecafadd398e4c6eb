"""Checks a blueprint's data against schema.json and words the findings for people."""

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serai.kit.suggestions import nearest
from serai.modules.catalog.blueprint.source import Source

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

_SHOWN = 80
_NAMES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}


@functools.cache
def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a blueprint."""
    text = Path(__file__).with_name("schema.json").read_text("utf-8")
    result: dict[str, Any] = json.loads(text)
    return result


@functools.cache
def _validator() -> "Draft202012Validator":
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(schema())
    return Draft202012Validator(schema())


def check_structure(source: Source) -> None:
    """Report everything in which `source.data` differs from the schema."""
    for error in _validator().iter_errors(source.data):
        _report(source, error)


def _report(source: Source, error: "ValidationError") -> None:
    location = tuple(error.absolute_path)
    match error.validator:
        case "additionalProperties":
            known = _rule(error).get("properties", {})
            present: Any = error.instance
            for key in (key for key in present if key not in known):
                missing = [name for name in known if name not in present]
                hint = nearest(key, missing) or nearest(key, known)
                message = f'unknown key "{key}".{hint} Expected one of {", ".join(known)}.'
                source.report((*location, key), message, at_key=True)
        case "required":
            key = error.message.split("'")[1]
            source.report(location, f'"{key}" is missing; expected {_about(error, key)}.')
        case "dependentRequired":
            names = error.message.split("'")
            source.report((*location, names[3]), f'needs "{names[1]}" beside it.', at_key=True)
        case _ if "propertyNames" in error.absolute_schema_path:
            message = f"no valid name here; expected one that matches {error.validator_value}."
            source.report((*location, str(error.instance)), message, at_key=True)
        case _:
            source.report(location, _wording(error))


def _wording(error: "ValidationError") -> str:
    found, rule = _found(error.instance), _rule(error)
    expected: Any = error.validator_value
    match error.validator:
        case "const":
            return f"found {found}, expected {expected}."
        case "enum":
            hint = nearest(str(error.instance), expected)
            return f"found {found}, expected one of {', '.join(expected)}.{hint}"
        case "minItems":
            return "the list is empty; expected at least one entry."
        case "oneOf":
            keys = ", ".join(key for choice in expected for key in choice["required"])
            return f"found {found}, expected exactly one of {keys}."
    if keys := ", ".join(rule.get("properties", {})):
        return f"found {found}, expected a mapping with {keys}."
    description = str(rule.get("description") or _NAMES[rule["type"]])
    return f"found {found}, expected {description.rstrip('.')}."


def _rule(error: "ValidationError") -> dict[str, Any]:
    """The schema that was broken, with what it refers to."""
    return _resolved(error.schema if isinstance(error.schema, dict) else {})


def _resolved(rule: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in rule:
        own = {key: value for key, value in rule.items() if key != "$ref"}
        rule = schema()["$defs"][rule["$ref"].rsplit("/", 1)[1]] | own
    return rule


def _about(error: "ValidationError", key: str) -> str:
    rule = _rule(error)
    inner = rule.get("properties", {}).get(key) or rule.get("additionalProperties") or {}
    text = str(_resolved(inner).get("description", "it"))
    return text.rstrip(".")


def _found(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping with " + (", ".join(map(str, value)) or "nothing in it")
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if value is None:
        return "nothing"
    kind = "text" if isinstance(value, str) else "number"
    shown = json.dumps(value, ensure_ascii=False)
    return f"the {kind} {shown if len(shown) < _SHOWN else shown[: _SHOWN - 1] + '…'}"
