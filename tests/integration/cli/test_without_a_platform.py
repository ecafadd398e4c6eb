"""What the terminal says when there is nothing to talk to, and what it does on its own."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
HELLO = ROOT / "examples" / "hello"


def serai(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [ROOT / "bin" / "serai", *arguments], capture_output=True, text=True, timeout=60, check=False,
        env={**kept, "SERAI_HOME": str(home), **environment}, cwd="/",
    )  # fmt: skip


def test_without_a_platform_one_line_says_how_to_start_one(tmp_path: Path) -> None:
    ran = serai("launch", "list", home=tmp_path / "none")
    assert (ran.returncode, ran.stdout) == (69, "")
    assert "make up" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (tmp_path / "none").exists(), "looking makes nothing"
    ran = serai("launch", "list", "--json", home=tmp_path / "none")
    assert json.loads(ran.stderr)["code"] == "unavailable"


def test_a_database_that_does_not_answer_is_said(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    away = "postgresql://x@127.0.0.1:1/x"
    ran = serai("launch", "list", home=tmp_path, DATABASE_URL=away, SERAI_TENANT_DATABASE_URL=away)
    assert ran.returncode == 69
    assert "database is not answering" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_setting_that_makes_no_sense_is_named(tmp_path: Path) -> None:
    ran = serai("launch", "list", home=tmp_path, SERAI_PORT="many")
    assert ran.returncode == 65
    assert "SERAI_PORT" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert len(ran.stderr.strip().splitlines()) <= 3


def test_a_good_blueprint_is_fine(tmp_path: Path) -> None:
    ran = serai("blueprint", "check", str(HELLO), "--json", home=tmp_path)
    assert ran.returncode == 0
    assert json.loads(ran.stdout) == {"valid": True, "problems": []}


def test_mistakes_in_a_blueprint_are_named_by_file_and_line(tmp_path: Path) -> None:
    shutil.copytree(HELLO, tmp_path / "hello")
    file = tmp_path / "hello" / "blueprint.yaml"
    file.write_text(
        file.read_text().replace("  icon: hand-stop", "  icno: hand-stop").replace("64 MiB", "64 mb")
    )
    ran = serai("blueprint", "check", str(file), home=tmp_path)
    assert ran.returncode == 65
    lines = file.read_text().splitlines()
    for word in ("icno", "64 mb"):
        line = next(number for number, text in enumerate(lines, 1) if word in text)
        assert f"{file}:{line}:" in ran.stdout
    ran = serai("blueprint", "check", str(file), "--json", home=tmp_path)
    assert ran.returncode == 65
    told = json.loads(ran.stdout)
    assert told["valid"] is False
    assert {"file", "line", "message"} <= set(told["problems"][0])


@pytest.mark.parametrize("text", ["", "serai: 1\n", ": : :\n\t", "[]", "serai: 1\nproduct: &x {a: *x}\n"])
def test_a_broken_file_is_never_a_traceback(tmp_path: Path, text: str) -> None:
    file = tmp_path / "blueprint.yaml"
    file.write_text(text)
    ran = serai("blueprint", "check", str(file), home=tmp_path)
    assert ran.returncode == 65
    assert f"{file}:" in ran.stdout
    assert "Traceback" not in ran.stderr


def test_the_schema_is_printed(tmp_path: Path) -> None:
    assert json.loads(serai("blueprint", "schema", home=tmp_path).stdout)["$schema"]


def test_no_command_shows_the_help_and_a_wrong_one_ends_with_2(tmp_path: Path) -> None:
    assert "launch" in serai("--help", home=tmp_path).stdout
    assert serai("nonsense", home=tmp_path).returncode == 2
