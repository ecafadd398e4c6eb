"""The state directory: whole, closed to others, and deletable by whoever made it."""

import os
import pwd
import stat
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from serai.kit.errors import Unavailable
from serai.kit.home import make_home, remove_home
from serai.kit.settings import Settings


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
        child = os.fork()
        if child == 0:
            _leave(make_and_remove, directory)
        _, status = os.waitpid(child, 0)
        said = directory / "said"
        assert os.waitstatus_to_exitcode(status) == 0, said.read_text() if said.exists() else "no word"


def make_and_remove(directory: Path) -> None:
    settings = Settings(home=directory / "home")
    make_home(settings)
    inside = settings.state / "releases" / "rel_x" / "venv"
    inside.mkdir(parents=True)
    (inside / "file").write_text("x")
    (inside / "file").chmod(0o444)
    inside.chmod(0o555)
    inside.parent.chmod(0o555)
    remove_home(settings)
    assert not settings.home.exists()


def _leave(work: Callable[[Path], None], directory: Path) -> None:
    """Run `work` without root's rights in this process, which ends with it."""
    try:
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(pwd.getpwnam("nobody").pw_gid)
            os.setuid(pwd.getpwnam("nobody").pw_uid)
        work(directory)
    except BaseException:
        (directory / "said").write_text(traceback.format_exc())
        os._exit(1)
    os._exit(0)


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
