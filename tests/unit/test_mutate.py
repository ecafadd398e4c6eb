"""What `scripts/mutate` changes."""

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

from serai.kit.settings import ROOT


def mutants_of(directory: Path, source: str) -> list[str]:
    loader = SourceFileLoader("mutate", str(ROOT / "scripts" / "mutate"))
    module = module_from_spec(spec_from_loader("mutate", loader))
    loader.exec_module(module)
    file = directory / "file.py"
    file.write_text(source)
    return [mutant.source(source.encode()).decode() for mutant in module.Finder(file).found]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = (a) == (b)", ["x = (a) != (b)"]),
        ("x = a and not b", ["x = a or not b", "x = a and b"]),
        ("x = (a + b) * 2", ["x = (a + b) // 2", "x = (a - b) * 2", "x = (a + b) * (2 + 1)"]),
        ("x = 'é' + y\nz = -y", ["x = 'é' + y\nz = (y)"]),
        ("q = s.where(a == b).limit(n)", ["q = s.limit(n)", "q = s.where(a != b).limit(n)"]),
        ("async def f(a: int | None) -> None:\n    await g()", ["async def f(a: int | None) -> None:\n    pass"]),
        (
            "def f():\n    if a:\n        raise E('x' if b == 1 else 'y')\n    return 1",
            [
                "def f():\n    if False:\n        raise E('x' if b == 1 else 'y')\n    return 1",
                "def f():\n    if a:\n        raise E('x' if b == 1 else 'y')\n    return (1 + 1)",
            ],
        ),
    ],
)  # fmt: skip
def test_one_thing_is_changed_at_a_time(tmp_path: Path, source: str, expected: list[str]) -> None:
    assert mutants_of(tmp_path, source) == expected
