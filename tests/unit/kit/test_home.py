"""The state directory: whole, closed to others, and deletable by whoever made it."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from serai.kit.errors import Unavailable
from serai.kit.home import make_home, remove_home
from serai.kit.settings import ROOT, Settings

_MAKE_AND_REMOVE = """
import sys
from pathlib import Path
from serai.kit.home import make_home, remove_home
from serai.kit.settings import Settings
settings = Settings(home=Path(sys.argv[1]))
make_home(settings)
release = settings.state / "releases" / "rel_x" / "venv"
release.mkdir(parents=True)
(release / "file").write_text("x")
(release / "file").chmod(0o444)
release.chmod(0o555)
release.parent.chmod(0o555)
remove_home(settings)
assert not settings.home.exists()
"""


def modes(settings: Settings) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in settings.state.iterdir()}


def test_what_is_secret_is_closed_and_what_launches_need_is_open_whatever_the_umask(tmp_path):
    settings = Settings(home=tmp_path / "home")
    settings.home.mkdir()
    before = os.umask(0o077)
    try:
        make_home(settings)
    finally:
        os.umask(before)
    found = modes(settings)
    assert (found["secrets"], found["log"], found["launches"], found["releases"]) == (
        0o700, 0o700, 0o711, 0o755,
    )  # fmt: skip
    remove_home(settings)


def test_whoever_is_not_root_can_remove_read_only_releases():
    """As nobody where we are root: root may delete anything, and would hide the mistake."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        directory = Path(name)
        directory.chmod(0o777)
        code = directory / "src"
        shutil.copytree(ROOT / "src" / "serai" / "kit", code / "serai" / "kit")
        (code / "serai" / "__init__.py").touch()
        as_nobody = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}
        python = sys.executable if os.getuid() else _python_for_everybody()
        done = subprocess.run(
            [python, "-c", _MAKE_AND_REMOVE, str(directory / "home")],
            env={"PYTHONPATH": f"{code}:{_packages()}", "PATH": os.environ["PATH"]},
            capture_output=True, text=True, check=False, **as_nobody,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_a_socket_directory_that_somebody_else_made_is_refused(tmp_path, monkeypatch):
    settings = Settings(home=tmp_path / ("long" * 30))
    settings.home.mkdir()
    assert settings.sockets.parent == Path(tempfile.gettempdir())
    settings.sockets.mkdir(mode=0o777)
    settings.sockets.chmod(0o777)
    monkeypatch.setattr("serai.kit.home._make", lambda path, mode: path.mkdir(exist_ok=True, parents=True))
    try:
        with pytest.raises(Unavailable, match="was made by somebody else"):
            make_home(settings)
    finally:
        settings.sockets.rmdir()


def _packages() -> str:
    return str(Path(pytest.__file__).parents[1])


def _python_for_everybody() -> str:
    found = Path("/usr/bin/python3")
    if not found.exists():
        pytest.skip("no Python here that a user other than root may run")
    return str(found)
