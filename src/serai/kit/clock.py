"""One clock for everything that reads the time, so that tests can move it."""

from datetime import UTC, datetime, timedelta


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


_clock: Clock = Clock()


def now() -> datetime:
    return _clock.now()


def use(clock: Clock) -> Clock:
    """Put `clock` in place and return the one it replaces."""
    global _clock
    previous, _clock = _clock, clock
    return previous
