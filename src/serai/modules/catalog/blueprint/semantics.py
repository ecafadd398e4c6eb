"""What a schema cannot say: files, placeholders, prices and names that must fit each other."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from serai.modules.catalog.blueprint.placeholders import Stage, mistakes, sql_mistakes
from serai.modules.catalog.blueprint.problems import Location
from serai.modules.catalog.blueprint.sales_checks import check_sales
from serai.modules.catalog.blueprint.source import Source

RESERVED_SLUGS = frozenset({"admin", "api", "console", "new", "serai", "static", "template", "www"})
RESERVED_VARIABLES = ("SERAI_", "LD_PRELOAD", "LD_LIBRARY_PATH", "DYLD_")
RESERVED_TARGETS = frozenset({"venv", "npm", ".complete", ".children"})
_MAX_TEMPLATE = 1_000_000


def check_semantics(source: Source) -> None:
    """Report what is wrong in data that already fits the schema."""
    data = source.data
    if data["product"]["slug"] in RESERVED_SLUGS:
        taken = ", ".join(sorted(RESERVED_SLUGS))
        source.report(("product", "slug"), f"this name is reserved, as are {taken}; choose another.")
    _check_sources(source)
    _check_commands(source)
    _check_database(source)
    _check_password(source)
    check_sales(source)


def templates(data: dict[str, Any]) -> Iterator[tuple[Location, dict[str, str], Stage]]:
    """Every file with placeholders: where it is named, its entry, when it is rendered."""
    for index, entry in enumerate(data["database"].get("files", ())):
        yield ("database", "files", index), entry, "template"
    for index, entry in enumerate(data["serve"].get("files", ())):
        yield ("serve", "files", index), entry, "launch"


def _check_sources(source: Source) -> None:
    data, release = source.data, source.data["release"]
    _exists(source, ("release", "requirements"), release.get("requirements"), "file")
    npm = release.get("npm")
    if _exists(source, ("release", "npm"), npm, "directory"):
        for name in ("package.json", "package-lock.json"):
            if npm is not None and not (source.file.parent / npm / name).is_file():
                source.report(("release", "npm"), f"there is no {name} in {npm}.")
    for index, entry in enumerate(release.get("files", ())):
        place: Location = ("release", "files", index)
        _exists(source, (*place, "source"), entry["source"], "file or directory")
        target = entry.get("target", entry["source"])
        if Path(target).parts[:1] and Path(target).parts[0] in RESERVED_TARGETS:
            source.report(place, f'"{target}" is reserved for the builder; choose another target.')
    without = _absent(data)
    for place, entry, stage in templates(data):
        if _exists(source, (*place, "source"), entry["source"], "file"):
            text = _text(source, (*place, "source"), entry["source"])
            for mistake in mistakes(text or "", stage, without=without):
                source.report((*place, "source"), f"in {entry['source']}: {mistake}")


def _absent(data: dict[str, Any]) -> tuple[str, ...]:
    """The sections whose placeholders mean nothing here."""
    there = {"database": data["database"]["engine"] != "none", "sign_in": "sign_in" in data}
    return tuple(section for section, is_there in there.items() if not is_there)


def _exists(source: Source, place: Location, name: str | None, kind: str) -> bool:
    if name is None:
        return False
    path = source.file.parent / name
    if not path.resolve().is_relative_to(source.file.parent.resolve()):
        source.report(place, f'"{name}" leads out of the blueprint\'s directory.')
        return False
    found = {"file": path.is_file(), "directory": path.is_dir()}.get(kind, path.exists())
    if not found:
        source.report(place, f'there is no {kind} "{name}" beside the blueprint.')
    return found


def _text(source: Source, place: Location, name: str) -> str | None:
    try:
        text = (source.file.parent / name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        source.report(place, f'"{name}" cannot be read as UTF-8 text: {error}.')
        return None
    if len(text) > _MAX_TEMPLATE:
        source.report(place, f'"{name}" is larger than {_MAX_TEMPLATE:,} characters.')
    return text


def _check_commands(source: Source) -> None:
    data = source.data
    _placeholders(source, ("release", "build"), data["release"].get("build"), "build")
    _placeholders(source, ("database",), data["database"], "template", skip="files")
    _placeholders(source, ("serve",), data["serve"], "launch", skip="files")
    _placeholders(source, ("hooks",), data.get("hooks"), "launch")
    password = data["administrator"]["password"]
    _placeholders(source, ("administrator", "password"), password, "administrator", skip="sql")
    for section in (("serve",), ("database",), ("administrator", "password")):
        entry = data
        for key in section:
            entry = entry[key]
        for name in entry.get("environment", ()):
            if name.startswith(RESERVED_VARIABLES):
                place = (*section, "environment", name)
                source.report(place, "Serai sets this variable itself; drop it.", at_key=True)


def _placeholders(source: Source, place: Location, value: object, stage: Stage, *, skip: str = "") -> None:
    if isinstance(value, str):
        for mistake in mistakes(value, stage, without=_absent(source.data)):
            source.report(place, mistake)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key != skip:
                _placeholders(source, (*place, key), item, stage)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _placeholders(source, (*place, index), item, stage)


def _check_database(source: Source) -> None:
    database = source.data["database"]
    if database["engine"] == "none":
        for key in ("initialise", "environment", "files"):
            if database.get(key):
                source.report(("database", key), "needs engine: postgresql.", at_key=True)


def _check_password(source: Source) -> None:
    place: Location = ("administrator", "password")
    password = source.data["administrator"]["password"]
    if "sql" in password:
        if source.data["database"]["engine"] == "none":
            source.report((*place, "sql"), "needs a database; use a command.", at_key=True)
        if _exists(source, (*place, "sql"), password["sql"], "file"):
            script = _text(source, (*place, "sql"), password["sql"]) or ""
            for mistake in sql_mistakes(script):
                source.report((*place, "sql"), f"in {password['sql']}: {mistake}")
    elif "scheme" not in password and re.search(r"\$\{administrator\.password_hash\}", repr(password)):
        source.report(place, "${administrator.password_hash} needs a scheme.")
