"""The agent's small parts: its memory, its logs, its shapes, and control groups of version 2."""

import time
from pathlib import Path

import pytest

from serai.contracts.runtime import Limits
from serai.drivers.runtimes.process.cgroups import Group, _find_v2
from serai.drivers.runtimes.process.homes import check, make
from serai.drivers.runtimes.process.logs import BoundedLog
from serai.drivers.runtimes.process.store import TOMBSTONE_SECONDS, Store
from serai.drivers.runtimes.process.wire import Record, encode
from serai.kit.errors import Invalid


def test_records_are_private_and_come_back(tmp_path: Path) -> None:
    store = Store(tmp_path / "launches")
    store.write(Record("lch_a", 3, "running"))
    (file,) = (tmp_path / "launches").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert Store(tmp_path / "launches").load() == [Record("lch_a", 3, "running")]


def test_a_broken_record_is_set_aside_and_the_others_are_read(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(Record("lch_a", 1))
    (tmp_path / "lch_b.json").write_text('{"launch_id": "lch_b", "fe')
    (tmp_path / "lch_c.tmp").write_text("a torn write")
    assert [record.launch_id for record in store.load()] == ["lch_a"]
    assert (tmp_path / "lch_b.broken").exists()


def test_old_tombstones_are_swept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(Record("lch_old", 1, removed_at=time.time() - TOMBSTONE_SECONDS - 1))
    store.write(Record("lch_new", 1, removed_at=time.time()))
    assert [record.launch_id for record in store.load()] == ["lch_new"]
    assert not (tmp_path / "lch_old.json").exists()


def test_a_log_keeps_its_end_within_its_bound(tmp_path: Path) -> None:
    log = BoundedLog(tmp_path / "a.log", limit=10_000)
    for number in range(5000):
        log.write(f"line {number}\n".encode())
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 10_000
    assert log.tail()[-1] == "line 4999"
    assert len(log.tail()) == 50
    log.delete()
    assert list(tmp_path.iterdir()) == []
    assert BoundedLog(tmp_path / "a.log").tail() == ()


def test_a_record_of_a_former_agent_is_read_and_written_with_its_own_words(tmp_path: Path) -> None:
    former = (
        '{"launch_id":"lch_a","fence":3,"wanted":"running","process":{"launch_id":"lch_a","command":["x"],'
        '"environment":{},"home":"/srv/serai/lch_a","readable":[],"port":4000,"uid":null,"limits":{"memory":1,'
        '"cpu":1.0,"processes":1,"files":1,"disk":1},"health":{"path":"/","status":200,"host":"h"}}}'
    )
    (tmp_path / "lch_a.json").write_text(former)
    (record,) = Store(tmp_path).load()
    assert record.workload is not None
    assert (record.workload.port, record.workload.home) == (4000, Path("/srv/serai/lch_a"))
    assert b'"process":{' in encode(record)


def test_version_2_groups_are_made_where_controllers_are_handed_out(tmp_path: Path) -> None:
    own = tmp_path / "user.slice"
    own.mkdir()
    for directory in (tmp_path, own):
        (directory / "cgroup.controllers").write_text("cpuset cpu memory pids")
        (directory / "cgroup.procs").write_text("")
    mounts = f"cgroup2 {tmp_path} cgroup2 rw,nosuid 0 0\n"
    tree = _find_v2("serai-x", mounts, "0::/user.slice\n")
    assert tree is not None
    assert tree.label == "cgroup-v2"
    assert (own / "serai-x" / "cgroup.subtree_control").read_text() == "+memory +cpu +pids"
    assert _find_v2("serai-x", "tmpfs /tmp tmpfs rw 0 0\n", "0::/\n") is None


def test_version_2_limits_are_written(tmp_path: Path) -> None:
    directory = tmp_path / "lch_a"
    directory.mkdir()
    for file in ("memory.max", "memory.swap.max", "cpu.max", "pids.max"):
        (directory / file).write_text("max")
    Group(2, [directory]).create(Limits(1 << 20, 0.5, 10, 10, 10))
    assert (directory / "memory.max").read_text() == str(1 << 20)
    assert (directory / "cpu.max").read_text() == "50000 100000"
    assert (directory / "pids.max").read_text() == "13"


def test_a_home_is_private_and_its_new_parents_only_passable(tmp_path: Path) -> None:
    home = tmp_path / "launches" / "lch_a"
    make(home, None)
    make(home, None)
    assert home.stat().st_mode & 0o777 == 0o700
    assert home.parent.stat().st_mode & 0o777 == 0o711


@pytest.mark.parametrize(
    "home", ["/", "/home", "/srv/serai", "/srv/serai/agent/x", "a/b/c/d", "/srv/a/../b/c"]
)
def test_a_home_that_is_not_a_launch_s_own_is_refused(home: str) -> None:
    with pytest.raises(Invalid):
        check(Path(home), Path("/srv/serai/agent"))
