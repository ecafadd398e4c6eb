"""Turns a launch and its blueprint into what drivers need: values for placeholders, a process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from serai.contracts.builder import ReleasePlan, TemplatePlan
from serai.contracts.databases import database_values
from serai.contracts.files import TextFile
from serai.contracts.runtime import Health, Limits, Workload
from serai.kit.placeholders import render
from serai.kit.secrets import Vault
from serai.modules.catalog import Blueprint, hash_password
from serai.modules.fleet import Drivers, Placement
from serai.modules.launches.models import Launch


class Secrets(msgspec.Struct, frozen=True):
    """A launch's own secrets; `seed` is what the blueprint calls `secret`, `sign_in` its secret as a
    client of Serai's sign-in. Launches made before there was one have none."""

    database_password: str
    seed: str
    sign_in: str = ""

    def sealed(self, vault: Vault) -> str:
        return vault.seal(msgspec.json.encode(self).decode())

    @classmethod
    def opened(cls, vault: Vault, sealed: str) -> "Secrets":
        return msgspec.json.decode(vault.open(sealed), type=cls)


@dataclass(frozen=True, slots=True)
class Plan:
    """All that the steps of one launch need to know, read in one transaction. `drivers`: of the server
    it is placed on. `issuer`: whose sign-in it offers."""

    launch: Launch
    blueprint: Blueprint
    resources: Mapping[str, float]
    placement: Placement
    secrets: Secrets
    password: str | None
    drivers: Drivers
    issuer: str

    @property
    def home(self) -> Path:
        return self.drivers.launch_directory(self.launch.id)

    @property
    def release(self) -> Path:
        return self.drivers.release_directory(self.launch.release_id)

    @property
    def template(self) -> str:
        """The release's template database."""
        return template_name(self.launch.release_id)

    @property
    def has_database(self) -> bool:
        return self.blueprint.database.engine != "none"

    def values(self) -> dict[str, str]:
        launch = self.launch
        values = {
            "release": str(self.release),
            "python": str(self.release / "venv" / "bin" / "python"),
            "home": str(self.home),
            "secret": self.secrets.seed,
            "port": str(self.placement.port),
            "address": "127.0.0.1",
            "host": launch.host,
            "url": launch.url,
            "launch.id": launch.id,
            "launch.name": launch.name,
        }
        values |= self._sign_in_values() if self.blueprint.sign_in else {}
        return values | (self._database_values() if self.has_database else {})

    def administrator_values(self, password: str) -> dict[str, str]:
        scheme = self.blueprint.administrator.password.scheme
        return {
            "administrator.login": self.launch.login,
            "administrator.email": self.launch.email,
            "administrator.password": password,
            "administrator.password_hash": hash_password(scheme, password) if scheme else "",
            "administrator.language": self.launch.language,
        }

    def workload(self, values: Mapping[str, str] | None = None) -> Workload:
        values = values or self.values()
        serve, resources = self.blueprint.serve, self.resources
        return Workload(
            launch_id=self.launch.id,
            command=self.rendered(serve.command, values),
            environment=self._usual_environment() | self.rendered_map(serve.environment, values),
            home=self.home,
            readable=(self.release,),
            port=self.placement.port,
            uid=self.placement.uid,
            limits=Limits(
                memory=int(resources["memory"]), cpu=float(resources["cpu"]),
                processes=int(resources["processes"]), files=int(resources["files"]),
                disk=int(resources["disk"]),
            ),
            health=Health(
                path=serve.health.path, status=serve.health.status,
                host=urlsplit(self.launch.url).netloc,
            ),
        )  # fmt: skip

    def files(self, values: Mapping[str, str]) -> tuple[TextFile, ...]:
        """What the blueprint puts into the launch's home."""
        return tuple(
            TextFile(file.target, render(file.content, values), file.mode) for file in self.blueprint.serve.files
        )

    def _usual_environment(self) -> dict[str, str]:
        """What programs expect of a login; the uid has no entry in /etc/passwd to look up."""
        user = self.launch.name
        return {"HOME": str(self.home), "USER": user, "LOGNAME": user, "LANG": "C.UTF-8"}

    @staticmethod
    def rendered(command: Sequence[str], values: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(render(word, values) for word in command)

    @staticmethod
    def rendered_map(texts: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
        return {name: render(text, values) for name, text in texts.items()}

    def _sign_in_values(self) -> dict[str, str]:
        return {
            "sign_in.issuer": self.issuer,
            "sign_in.client_id": self.launch.id,
            "sign_in.client_secret": self.secrets.sign_in,
        }

    def _database_values(self) -> dict[str, str]:
        password = self.secrets.database_password
        url = self.drivers.databases.url(self.launch.database_name, password)
        return database_values(url)


def release_plan(blueprint: Blueprint) -> ReleasePlan:
    release = blueprint.release
    return ReleasePlan(
        version=blueprint.version, source=Path(blueprint.directory), requirements=release.requirements,
        npm=release.npm, files=tuple((each.source, each.target) for each in release.files), build=release.build,
    )  # fmt: skip


def template_plan(blueprint: Blueprint) -> TemplatePlan:
    database = blueprint.database
    files = tuple(TextFile(file.target, file.content, file.mode) for file in database.files)
    return TemplatePlan(database.initialise, files, database.environment)


def template_name(release_id: str) -> str:
    return release_id.replace("rel_", "tpl_", 1)
