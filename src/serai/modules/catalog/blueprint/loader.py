"""`check` says what is wrong with a blueprint; `load` turns a right one into the model."""

from pathlib import Path
from typing import Any

from serai.kit.errors import Invalid
from serai.modules.catalog.blueprint import model, sales
from serai.modules.catalog.blueprint.problems import Problem
from serai.modules.catalog.blueprint.release_digest import release_digest
from serai.modules.catalog.blueprint.semantics import check_semantics
from serai.modules.catalog.blueprint.source import Source
from serai.modules.catalog.blueprint.structure import check_structure

_SHOWN = 20


class InvalidBlueprint(Invalid):
    """A blueprint has mistakes; `problems` lists them in the file's order."""

    code = "catalog.invalid_blueprint"

    def __init__(self, problems: list[Problem]) -> None:
        lines = [str(problem) for problem in problems[:_SHOWN]]
        if len(problems) > _SHOWN:
            lines.append(f"… and {len(problems) - _SHOWN} more")
        super().__init__("\n".join(lines), fields={p.path: p.message for p in problems if p.path})
        self.problems = problems


def check(path: Path) -> list[Problem]:
    """Every mistake in the blueprint at `path` (the file, or its directory), in line order."""
    return sorted(_checked(path).problems)


def load(path: Path) -> model.Blueprint:
    """The blueprint at `path`; raises `InvalidBlueprint` (an `Invalid`) naming every mistake."""
    source = _checked(path)
    if source.problems:
        raise InvalidBlueprint(sorted(source.problems))
    return _blueprint(source.file.parent, source.data)


def digest(path: Path) -> str:
    """SHA-256 (hex) over all that determines the release of the blueprint at `path`."""
    return load(path).digest


def _checked(path: Path) -> Source:
    source = Source((path / "blueprint.yaml" if path.is_dir() else path).absolute())
    if source.data is not None and not source.problems:
        check_structure(source)
        if not source.problems:
            check_semantics(source)
    return source


def _blueprint(directory: Path, data: dict[str, Any]) -> model.Blueprint:
    return model.Blueprint(
        directory=str(directory),
        digest=release_digest(directory, data),
        product=_product(data["product"]),
        release=_release(data["release"]),
        serve=_serve(directory, data["serve"]),
        resources=_resources(data["resources"]),
        isolation=data.get("isolation", "silo"),
        database=_database(directory, data["database"]),
        administrator=_administrator(directory, data["administrator"]),
        hooks=model.Hooks(**{key: _commands(value) for key, value in data.get("hooks", {}).items()}),
        packages=tuple(
            sales.package(entry, _resources(data["resources"] | entry.get("resources", {})))
            for entry in data["packages"]
        ),
        addons=tuple(sales.addon(entry) for entry in data.get("addons", ())),
        bundles=tuple(sales.bundle(entry) for entry in data.get("bundles", ())),
        meters=tuple(sales.meter(entry) for entry in data.get("meters", ())),
        sign_in=model.SignIn(**data["sign_in"]) if "sign_in" in data else None,
    )


def _product(data: dict[str, Any]) -> model.Product:
    return model.Product(
        slug=data["slug"],
        name=model.Text(**data["name"]),
        summary=model.Text(**data["summary"]),
        description=model.Text(**data.get("description", data["summary"])),
        category=data["category"],
        icon=data["icon"],
    )


def _release(data: dict[str, Any]) -> model.Release:
    return model.Release(
        label=data["label"],
        requirements=data.get("requirements"),
        npm=data.get("npm"),
        files=tuple(
            model.Copy(source=entry["source"], target=entry.get("target", entry["source"]))
            for entry in data.get("files", ())
        ),
        build=_commands(data.get("build", [])),
    )


def _serve(directory: Path, data: dict[str, Any]) -> model.Serve:
    return model.Serve(
        command=tuple(data["command"]),
        environment=data.get("environment", {}),
        files=_files(directory, data.get("files", [])),
        health=model.Probe(**data["health"]),
        open_path=data.get("open_path", "/"),
        stop_grace=data.get("stop_grace", 10),
    )


def _database(directory: Path, data: dict[str, Any]) -> model.Database:
    return model.Database(
        engine=data["engine"],
        initialise=_commands(data.get("initialise", [])),
        environment=data.get("environment", {}),
        files=_files(directory, data.get("files", [])),
    )


def _administrator(directory: Path, data: dict[str, Any]) -> model.Administrator:
    password = data["password"]
    sql, command = password.get("sql"), password.get("command")
    return model.Administrator(
        login=data["login"],
        password=model.Password(
            scheme=password.get("scheme"),
            sql=(directory / sql).read_text("utf-8") if sql else None,
            command=tuple(command) if command else None,
            environment=password.get("environment", {}),
        ),
    )


def _resources(data: dict[str, Any]) -> model.Resources:
    return model.Resources(
        memory=sales.size(data["memory"]),
        cpu=float(data["cpu"]),
        processes=data["processes"],
        files=data["files"],
        disk=sales.size(data["disk"]),
    )


def _files(directory: Path, entries: list[dict[str, str]]) -> tuple[model.File, ...]:
    return tuple(
        model.File(
            target=entry.get("target", entry["source"]),
            content=(directory / entry["source"]).read_text("utf-8"),
            mode=int(entry.get("mode", "0600"), 8),
        )
        for entry in entries
    )


def _commands(entries: list[list[str]]) -> tuple[model.Command, ...]:
    return tuple(tuple(entry) for entry in entries)
