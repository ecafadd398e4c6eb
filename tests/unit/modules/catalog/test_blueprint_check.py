"""A mistake in a blueprint is reported by file, line, place and expectation."""

from collections.abc import Callable
from pathlib import Path

import pytest

from serai.kit.errors import Invalid
from serai.modules.catalog.blueprint import Problem, check, load

ROOT = Path(__file__).parents[4]
HELLO = ROOT / "examples/hello"
Check = Callable[..., list[Problem]]


@pytest.fixture
def checked(tmp_path: Path) -> Check:
    """Checks the hello blueprint after replacing `old` by `new` in it."""

    def run(old: str, new: str) -> list[Problem]:
        for file in HELLO.iterdir():
            if file.is_file():
                (tmp_path / file.name).write_bytes(file.read_bytes())
        text = (tmp_path / "blueprint.yaml").read_text("utf-8")
        assert old in text
        (tmp_path / "blueprint.yaml").write_text(text.replace(old, new, 1), "utf-8")
        return check(tmp_path)

    return run


@pytest.mark.parametrize(
    "directory", ["examples/hello", "products/erp", "products/wagtail"], ids=lambda name: name
)
def test_shipped_blueprints_are_right(directory: str) -> None:
    assert check(ROOT / directory) == []


MISTAKES = [
    ("slug: hello", "slug: Hello", "product.slug", 'found the text "Hello", expected 2 to 40'),
    ("slug: hello", "slug: api", "product.slug", "reserved"),
    ("  icon:", "  icno:", "product.icno", 'Did you mean "icon"?'),
    ("en: Hello, ar: مرحبا", "en: Hello", "product.name", '"ar" is missing; expected a text in'),
    ("serai: 1", "serai: 2", "serai", "found the number 2, expected 1"),
    ("64 MiB", "64 mb", "resources.memory", "such as 256 MiB"),
    ("memory: 64 MiB, ", "", "resources", '"memory" is missing; expected main memory'),
    ("cpu: 0.25", "cpu: many", "resources.cpu", "expected cores, such as 0.5"),
    ('USD: "0.00"', "USD: 0.00", "packages[0].periods[0].prices.USD", "a decimal number in quotes"),
    ('USD: "0.00"', 'USD: "0.001"', "packages[0].periods[0].prices.USD", "more decimals than USD"),
    ('USD: "0.00"', 'USD: "0", XXY: "1"', "packages[0].periods[0].prices.XXY", "no ISO 4217"),
    ('USD: "0.00", ', "", "packages[0].periods[0].prices", '"USD" is missing'),
    ("${port}", "${prot}", "serve.environment.PORT", 'Did you mean "port"?'),
    ("${port}", "${port", "serve.environment.PORT", "not closed"),
    ("${launch.name}", "${database.url}", "serve.environment.NAME", "without a database"),
    ("${launch.name}", "${administrator.password}", "serve.environment.NAME", "launch stage"),
    ("source: server.py", "source: sever.py", "release.files[0].source", 'no file or directory "se'),
    ("source: server.py", "source: ../x", "release.files[0].source", "that stays beside"),
    ("source: server.py", "{source: server.py, target: venv/x}", "release.files[0]", "reserved"),
    ("scheme: werkzeug_scrypt", "scheme: scrypt2", "administrator.password.scheme", '"scrypt"?'),
    ("    scheme: werkzeug_scrypt\n", "", "administrator.password", "needs a scheme"),
    ("    command: [", "    cmd: [", "administrator.password", "exactly one of sql, command"),
    ("    ADDRESS:", "    SERAI_HOME: x\n    ADDRESS:", "serve.environment.SERAI_HOME", "itself"),
    ("    ADDRESS:", "    9A: x\n    ADDRESS:", "serve.environment.9A", "no valid name"),
    ("path: /health", "path: health", "serve.health.path", "begins with /"),
    ("engine: none", "engine: none, initialise: [[a]]", "database.initialise", "needs engine"),
    ("engine: none", "engine: mysql", "database.engine", "one of postgresql, none"),
    ("packages:", "packages: []\nfoo:", "packages", "at least one entry"),
    ("product:", "serai: 1\nproduct:", "serai", "stands twice, first in line 1"),
]


@pytest.mark.parametrize(("old", "new", "path", "message"), MISTAKES)
def test_mistake_is_named_with_its_place(checked: Check, old: str, new: str, path: str, message: str) -> None:
    problems = checked(old, new)
    assert any(problem.path == path and message in problem.message for problem in problems), [
        str(problem) for problem in problems
    ]


def test_line_and_column_are_those_of_the_value(checked: Check) -> None:
    (problem,) = checked("slug: hello", "slug: Hello")
    assert (problem.line, problem.column) == (4, 9)
    assert str(problem).startswith(f"{problem.file}:4:9: product.slug: ")


def test_two_packages_with_one_key_are_refused(tmp_path: Path) -> None:
    text = (HELLO / "blueprint.yaml").read_text("utf-8")
    again = text[text.index("  - key: free") :]
    for name in ("server.py", "signing_in.py"):
        (tmp_path / name).touch()
    (tmp_path / "blueprint.yaml").write_text(text + again, "utf-8")
    (problem,) = check(tmp_path)
    assert problem.path == "packages[1].key"
    assert problem.line == text.count("\n") + 1


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"serai: 1\nproduct: [a\n", 3, "no valid YAML"),
        (b"serai: 1\n\tproduct: a\n", 2, "no valid YAML"),
        (b"", 1, "empty"),
        (b"\xff\xfe\xff", 1, "UTF-8"),
        (b"- a\n", 1, "expected a mapping with serai, product"),
        (b"a: &a [x]\nb: *a\n", 2, "aliases"),
        (b"serai: &a [*a]\n", 1, "aliases"),
    ],
)
def test_file_that_is_no_blueprint(tmp_path: Path, content: bytes, line: int, message: str) -> None:
    (tmp_path / "blueprint.yaml").write_bytes(content)
    problems = check(tmp_path)
    assert [(p.line, message in p.message) for p in problems][:1] == [(line, True)], problems


def test_missing_file_is_a_problem(tmp_path: Path) -> None:
    (problem,) = check(tmp_path)
    assert "no such file" in problem.message


def test_load_raises_invalid_with_every_mistake(tmp_path: Path) -> None:
    (tmp_path / "blueprint.yaml").write_text("serai: 1\nextra: 2\n")
    with pytest.raises(Invalid) as caught:
        load(tmp_path)
    assert caught.value.code == "catalog.invalid_blueprint"
    assert "blueprint.yaml:2:1: extra: unknown key" in caught.value.message
    assert "extra" in caught.value.fields


def test_sql_of_the_administrator_is_checked(tmp_path: Path) -> None:
    text = (HELLO / "blueprint.yaml").read_text("utf-8")
    text = text.replace("engine: none", "engine: postgresql")
    start, end = text.rindex("    command: "), text.index("sign_in: {")
    (tmp_path / "blueprint.yaml").write_text(text[:start] + "    sql: a.sql\n" + text[end:], "utf-8")
    for name in ("server.py", "signing_in.py"):
        (tmp_path / name).touch()
    (tmp_path / "a.sql").write_text("update u set p = %(password)s where l like 'a%'")
    problems = check(tmp_path)
    assert {problem.path for problem in problems} == {"administrator.password.sql"}
    assert any("%(password)s is no parameter" in problem.message for problem in problems)
    assert any("%% for a percent sign" in problem.message for problem in problems)
