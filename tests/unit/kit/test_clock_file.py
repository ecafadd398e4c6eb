"""A development platform's clock goes ahead by what its file says."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from serai.kit import clock


def test_the_clock_follows_its_file_at_once_and_back(tmp_path: Path):
    file = tmp_path / "clock"
    shifted = clock.ShiftedClock(file)
    assert shifted.ahead() == timedelta()
    file.write_text("86400")
    assert timedelta(hours=23) < shifted.now() - datetime.now(UTC) < timedelta(hours=25)
    file.write_text("172800.5")
    assert shifted.ahead() == timedelta(days=2, seconds=0.5)
    file.unlink()
    assert shifted.ahead() == timedelta()


def test_a_clock_that_a_test_put_in_place_stays(tmp_path: Path):
    moved = clock.MovableClock(datetime(2026, 1, 1, tzinfo=UTC))
    before = clock.use(moved)
    try:
        clock.follow_file(tmp_path / "clock")
        assert clock.now() == datetime(2026, 1, 1, tzinfo=UTC)
    finally:
        clock.use(before)
