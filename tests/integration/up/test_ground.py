"""What `serai up` checks before it starts anything: each problem is one line that says what to do."""

import os
import shutil
import socket
import stat
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from serai.kit.errors import Conflict, Unavailable
from serai.kit.home import make_home, remove_home
from serai.kit.settings import ROOT, Settings
from serai.up import preflight


def test_a_busy_port_is_named_with_a_way_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable, match=f"Port {port} is taken.*SERAI_PORT={port + 1} make up"):
            preflight.check_port(port)
    preflight.check_port(port)


def test_a_nearly_full_disk_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    nearly_full = SimpleNamespace(free=5 * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: nearly_full)
    with pytest.raises(Unavailable, match=r"Only 5 MB are free .* Free some space, or set SERAI_HOME"):
        preflight.check_disk(tmp_path)


def test_a_second_platform_on_the_same_home_is_refused(tmp_path):
    (tmp_path / "home").mkdir()
    settings = Settings(home=tmp_path / "home")
    make_home(settings)
    held = preflight.hold_home(settings)
    with pytest.raises(Conflict, match=f"running already .*process {os.getpid()}"):
        preflight.hold_home(settings)
    held.close()
    preflight.hold_home(settings).close()


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives launches users of their own")
def test_under_a_private_directory_the_state_moves_to_where_launches_reach_it(tmp_path):
    private = tmp_path / "root-only"
    private.mkdir(mode=0o700)
    settings = Settings(home=private / ".serai")
    make_home(settings)
    try:
        assert settings.home.is_symlink()
        assert settings.state.is_relative_to("/var/lib/serai")
        for part in (settings.state, *settings.state.parents):
            assert part.stat().st_mode & stat.S_IXOTH, part
        assert stat.S_IMODE((settings.state / "secrets").stat().st_mode) == 0o700
    finally:
        remove_home(settings)
    assert not settings.home.is_symlink()


def test_up_with_a_busy_port_is_one_line_and_leaves_nothing_running(state_directory):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        home = state_directory / "busy"
        environment = {**os.environ, "SERAI_HOME": str(home), "SERAI_PORT": str(port)}
        done = subprocess.run(
            [ROOT / "bin" / "serai", "up"], env=environment, capture_output=True, text=True,
            check=False, timeout=60,
        )  # fmt: skip
    assert done.returncode == 69
    assert done.stderr.count("\n") <= 2
    assert f"Port {port} is taken" in done.stderr
    assert not (home / "postgres").exists()


class TestSetup:
    """scripts/setup, with tools that fail in known ways."""

    @pytest.fixture
    def checkout(self, tmp_path: Path) -> Path:
        (tmp_path / "scripts").mkdir()
        for name in ("scripts/setup", "requirements.lock", "requirements-dev.lock", "pyproject.toml"):
            shutil.copy(ROOT / name, tmp_path / name)
        return tmp_path

    def run(self, checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [checkout / "scripts" / "setup", "up"], env={**os.environ, **environment},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def pretend(self, checkout: Path, uv_prints: str) -> None:
        """A virtual environment whose uv fails with that message."""
        programs = checkout / ".venv" / "bin"
        programs.mkdir(parents=True)
        (programs / "python").write_text("#!/bin/sh\nexit 0\n")
        version = subprocess.run(
            [ROOT / ".venv" / "bin" / "uv", "--version"], capture_output=True, text=True, check=True
        ).stdout.split()[1]
        (programs / "uv").write_text(
            f'#!/bin/sh\n[ "$1" = --version ] && echo "uv {version}" && exit 0\n'
            f'echo "{uv_prints}" >&2\nexit 1\n'
        )
        for name in ("python", "uv"):
            (programs / name).chmod(0o755)

    @pytest.mark.parametrize(
        ("uv_prints", "advice"),
        [
            ("error: command 'gcc' failed: No such file", "no compiler was found. Install one"),
            ("error: write: No space left on device (os error 28)", "The disk is full"),
            ("error: tcp connect error", "Check the network"),
        ],
    )
    def test_a_failed_installation_ends_with_what_to_do(self, checkout, uv_prints, advice):
        self.pretend(checkout, uv_prints)
        done = self.run(checkout)
        assert done.returncode == 1
        assert advice in done.stderr.strip().splitlines()[-1]
        assert not (checkout / ".venv" / "up.stamp").exists()

    def test_a_machine_without_a_fitting_python_is_told_what_to_install(self, checkout, tmp_path):
        empty = tmp_path / "bin"
        empty.mkdir()
        for tool in ("sh", "dirname", "rm", "cat", "printf"):
            (empty / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
        done = self.run(checkout, PATH=str(empty))
        assert done.returncode == 1
        assert "Serai needs Python 3.11 or newer" in done.stderr
