"""The fixed vocabulary of `${…}` in commands, environments and files, and filling it in."""

import re
from collections.abc import Mapping
from typing import Literal

from serai.kit.placeholders import PLACEHOLDER, unknown
from serai.kit.suggestions import nearest

Stage = Literal["build", "template", "launch", "administrator"]

BUILD = {
    "release": "the release's directory",
    "python": "the Python of the release's virtual environment",
}
TEMPLATE = BUILD | {
    "home": "a writable directory of its own (while a template is initialised: a scratch one)",
    "secret": "64 random hexadecimal digits, one value per launch and kept for its life",
    "database.url": "postgresql://user:password@host:port/name",
    "database.name": "the database's name",
    "database.host": "the database server's host, or its socket's directory",
    "database.port": "the database server's port",
    "database.user": "the role that owns the database",
    "database.password": "that role's password",
}
LAUNCH = TEMPLATE | {
    "port": "the local port to listen on",
    "address": "the local address to listen on",
    "host": "the public host name, without port",
    "url": "the public address, without a slash at its end",
    "launch.id": "the launch's public id",
    "launch.name": "the name its customer chose",
    "sign_in.issuer": "Serai's address as OpenID provider",
    "sign_in.client_id": "the launch's client id there",
    "sign_in.client_secret": "the secret that belongs to it",
}
ADMINISTRATOR = LAUNCH | {
    "administrator.login": "the administrator's login",
    "administrator.email": "the administrator's e-mail address",
    "administrator.password": "the new password",
    "administrator.password_hash": "the password hashed by `administrator.password.scheme`",
    "administrator.language": "the administrator's language: en or ar",
}
VOCABULARY: Mapping[Stage, Mapping[str, str]] = {
    "build": BUILD,
    "template": TEMPLATE,
    "launch": LAUNCH,
    "administrator": ADMINISTRATOR,
}
SQL_PARAMETERS = ("login", "email", "password_hash", "language", "name", "url")

_PARAMETER = re.compile(r"%%|%(?:\(([^)]*)\)(s?))?")


def mistakes(template: str, stage: Stage, *, without: tuple[str, ...] = ()) -> list[str]:
    """What is wrong with a template's placeholders for use at `stage`, in a blueprint `without`
    some of its sections, such as `database`."""
    absent = tuple(f"{section}." for section in without)
    known = {name for name in VOCABULARY[stage] if not name.startswith(absent)}
    return [
        _unknown(match[0], known, stage)
        for match in PLACEHOLDER.finditer(template)
        if match[1] is not None and not (match[2] and match[1] in known)
    ]


def sql_mistakes(script: str) -> list[str]:
    """What is wrong with the `%(name)s` parameters of an SQL script."""
    expected = ", ".join(f"%({name})s" for name in SQL_PARAMETERS)
    return [
        f"{match[0]} is no parameter; expected one of {expected}, or %% for a percent sign."
        + nearest(match[1] or "", SQL_PARAMETERS)
        for match in _PARAMETER.finditer(script)
        if match[0] != "%%" and not (match[2] and match[1] in SQL_PARAMETERS)
    ]


def _unknown(found: str, known: set[str], stage: Stage) -> str:
    name = found[2:-1]
    if found.endswith("}") and name in ADMINISTRATOR:
        why = f"at the {stage} stage" if name not in VOCABULARY[stage] else f"without a {_section(name)}"
        return f"{found} is not available {why}; expected one of {', '.join(sorted(known))}."
    return unknown(found, known)


def _section(name: str) -> str:
    return {"database": "database", "sign_in": "sign_in section"}[name.partition(".")[0]]
