"""The blueprint's `sign_in` section: what it takes, and what it brings."""

from pathlib import Path

import pytest
import yaml

from serai.modules import catalog

HELLO = Path(__file__).parents[4] / "examples" / "hello"


def with_section(directory: Path, section: object, **variables: str) -> Path:
    """The hello example with that section, or without one."""
    for name in ("server.py", "signing_in.py"):
        (directory / name).write_bytes((HELLO / name).read_bytes())
    data = yaml.safe_load((HELLO / "blueprint.yaml").read_text())
    del data["sign_in"]
    data["serve"]["environment"] = {"PORT": "${port}"} | variables
    if section is not None:
        data["sign_in"] = section
    (directory / "blueprint.yaml").write_text(yaml.safe_dump(data))
    return directory


def test_a_blueprint_without_it_is_as_before(tmp_path: Path) -> None:
    assert catalog.load(with_section(tmp_path, None)).sign_in is None


def test_paths_and_roles_are_read(tmp_path: Path) -> None:
    found = catalog.load(
        with_section(tmp_path, {"redirect_path": "/a?b=c", "roles": {"owner": "Boss"}})
    ).sign_in
    assert found is not None
    assert (found.redirect_path, found.open_path, dict(found.roles)) == ("/a?b=c", None, {"owner": "Boss"})


@pytest.mark.parametrize(
    "section",
    [{}, {"open_path": "/open"}, {"redirect_path": "callback"}, {"redirect_path": "//evil.example/"},
     {"redirect_path": "/\\evil.example"}, {"redirect_path": "/a b"}, {"redirect_path": "/a#b"},
     {"redirect_path": "https://evil.example/"}, {"redirect_path": "/a", "open_path": "//x"},
     {"redirect_path": "/a", "roles": {"owner": ""}}, {"redirect_path": "/a", "roles": {"O W": "x"}},
     {"redirect_path": "/a", "other": 1}],
)  # fmt: skip
def test_what_leads_elsewhere_or_means_nothing_is_a_mistake(tmp_path: Path, section: object) -> None:
    (problem, *_) = catalog.check(with_section(tmp_path, section))
    assert "sign_in" in problem.path


def test_its_placeholders_need_it(tmp_path: Path) -> None:
    (problem,) = catalog.check(with_section(tmp_path, None, ISSUER="${sign_in.issuer}"))
    assert "is not available without a sign_in section" in problem.message
    assert catalog.check(with_section(tmp_path, {"redirect_path": "/a"}, ISSUER="${sign_in.issuer}")) == []
