"""What a right blueprint becomes: the model, its version, its placeholders and hashes."""

import hashlib
import json
from base64 import b64decode
from pathlib import Path

import msgspec
import pytest
from argon2 import PasswordHasher

from serai.kit.errors import Invalid
from serai.kit.money import Money
from serai.kit.placeholders import render
from serai.modules.catalog.blueprint import Blueprint, check, hash_password, load
from serai.modules.catalog.blueprint.placeholders import VOCABULARY
from serai.modules.catalog.blueprint.structure import schema

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def erp() -> Blueprint:
    return load(ROOT / "products/erp")


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    for file in (ROOT / "examples/hello").iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def test_prices_are_money(erp: Blueprint) -> None:
    starter = erp.package("starter")
    assert starter is not None
    assert starter.periods[0].price("EGP") == Money(145_000, "EGP")
    assert starter.periods[0].price("JPY") is None


def test_package_resources_lie_over_the_blueprints(erp: Blueprint) -> None:
    business = erp.package("business")
    assert business is not None
    assert business.resources.memory == 2**30
    assert business.resources.processes == erp.resources.processes


def test_blueprint_survives_json(erp: Blueprint) -> None:
    assert msgspec.json.decode(msgspec.json.encode(erp), type=Blueprint) == erp


def test_version_is_label_and_digest(erp: Blueprint) -> None:
    assert erp.version == f"8.0.12-{erp.digest[:8]}"


def test_digest_changes_with_a_release_file_only(hello: Path) -> None:
    first = load(hello).digest
    blueprint = hello / "blueprint.yaml"
    blueprint.write_text(blueprint.read_text("utf-8").replace('"0.00"', '"1.00"'), "utf-8")
    assert load(hello).digest == first
    with (hello / "server.py").open("a") as file:
        file.write("# changed\n")
    assert load(hello).digest != first


def test_digest_does_not_depend_on_the_place(hello: Path) -> None:
    assert load(hello).digest == load(ROOT / "examples/hello").digest


def test_render_fills_in_and_keeps_what_is_escaped() -> None:
    assert render("a${x.y}b$${x.y}$HOME $", {"x.y": "1"}) == "a1b${x.y}$HOME $"


def test_render_does_not_fill_in_twice() -> None:
    assert render("${a}", {"a": "${b}", "b": "no"}) == "${b}"


def test_render_refuses_unknown_names() -> None:
    with pytest.raises(Invalid, match="port"):
        render("${prot}", {"port": "1"})


def test_argon2_hash_verifies() -> None:
    assert PasswordHasher().verify(hash_password("argon2", "a b"), "a b")
    stored = hash_password("django_argon2", "ä").removeprefix("argon2")
    assert PasswordHasher().verify(stored, "ä")


def test_django_pbkdf2_hash_verifies() -> None:
    name, rounds, salt, digest = hash_password("django_pbkdf2_sha256", "x").split("$")
    assert name == "pbkdf2_sha256"
    found = hashlib.pbkdf2_hmac("sha256", b"x", salt.encode(), int(rounds))
    assert found == b64decode(digest)


def test_passlib_pbkdf2_hash_verifies() -> None:
    _, name, rounds, salt, digest = hash_password("pbkdf2_sha512", "x").split("$")
    raw_salt, raw_digest = (b64decode(p.replace(".", "+") + "==") for p in (salt, digest))
    assert name == "pbkdf2-sha512"
    assert hashlib.pbkdf2_hmac("sha512", b"x", raw_salt, int(rounds)) == raw_digest


def test_scrypt_hashes_verify() -> None:
    _, salt, digest = hash_password("werkzeug_scrypt", "x").split("$")
    found = hashlib.scrypt(b"x", salt=salt.encode(), n=2**15, r=8, p=1, maxmem=2**26)
    assert found.hex() == digest
    assert hash_password("scrypt", "x").startswith("$scrypt$ln=16,r=8,p=1$")


def test_reference_names_every_key_and_placeholder() -> None:
    text = (ROOT / "docs/blueprint.md").read_text("utf-8")
    for rule in [schema(), *schema()["$defs"].values()]:
        for key in rule.get("properties", {}):
            assert f"`{key}`" in text, key
    for name in VOCABULARY["administrator"]:
        assert f"`${{{name}}}`" in text, name


def test_schema_is_json_that_editors_can_use() -> None:
    assert json.loads(json.dumps(schema()))["$schema"].endswith("2020-12/schema")
    assert check(ROOT / "products/erp/blueprint.yaml") == []
