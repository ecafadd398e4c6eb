"""One clock for everything that reads the time, so that tests can move it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path


class Clock:
    """The real time. `now()` is always aware and in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class MovableClock(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def move(self, by: timedelta) -> None:
        self._now += by


class ShiftedClock(Clock):
    """The real time, ahead by the seconds that `file` holds; all processes of a platform read the same
    file, so that they go ahead together. No file: no shift."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read: tuple[int, timedelta] = (0, timedelta())

    def now(self) -> datetime:
        return super().now() + self.ahead()

    def ahead(self) -> timedelta:
        try:
            changed = self._file.stat().st_mtime_ns
        except OSError:
            return timedelta()
        if changed != self._read[0]:
            self._read = (changed, timedelta(seconds=float(self._file.read_text() or 0)))
        return self._read[1]


_clock: Clock = Clock()


def now() -> datetime:
    return _clock.now()


def follow_file(file: Path) -> None:
    """Let the real clock be ahead by what `file` says; one that tests have put in place stays."""
    if type(_clock) in {Clock, ShiftedClock}:
        use(ShiftedClock(file))


def use(clock: Clock) -> Clock:
    """Put `clock` in place and return the one it replaces."""
    global _clock
    previous, _clock = _clock, clock
    return previous
