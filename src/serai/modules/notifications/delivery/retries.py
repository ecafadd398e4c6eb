"""How long to wait: between attempts, while a server is away, and between mails."""

import random
import time
from datetime import datetime, timedelta

_LONGEST_PAUSE = 4 * 3600.0
_LAST_CHANCE = timedelta(seconds=10)
_FIRST_SILENCE, _LONGEST_SILENCE = 1.0, 60.0
_random = random.SystemRandom()


def before_attempt(attempts: int, first: float, asked: float = 0) -> float:
    """Seconds until the next attempt after so many: doubled each time, spread by a fifth."""
    pause = min(first * 2.0 ** min(attempts - 1, 30), _LONGEST_PAUSE)
    return max(pause * _random.uniform(0.8, 1.2), asked)


def next_try(
    now: datetime, give_up_at: datetime, attempts: int, first: float, asked: float = 0
) -> datetime | None:
    """None when there is no more time; the last attempt stands right before the end."""
    due = now + timedelta(seconds=before_attempt(attempts, first, asked))
    if due >= give_up_at:
        due = give_up_at - _LAST_CHANCE
    return due if due > now else None


class Silence:
    """Keeps a sender quiet while the mail server is away: each time for longer, up to a minute."""

    def __init__(self, first: float = _FIRST_SILENCE) -> None:
        self._first = first
        self._length = 0.0
        self._until = 0.0

    def begin(self, asked: float = 0) -> float:
        """Seconds of it. Failures of the same moment count once."""
        now = time.monotonic()
        if now >= self._until:
            self._length = min(max(self._length * 2, self._first), _LONGEST_SILENCE)
            self._until = now + max(self._length * _random.uniform(0.8, 1.2), asked)
        return self._until - now

    def end(self) -> None:
        self._length = 0.0

    @property
    def left(self) -> float:
        return max(0.0, self._until - time.monotonic())


class Pace:
    """At most so many mails a second, in all and to one domain; 0 means as many as there are."""

    def __init__(self, per_second: float, per_domain: float) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._domain_gap = 1 / per_domain if per_domain else 0.0
        self._next = 0.0
        self._next_of: dict[str, float] = {}

    def wait_for(self, address: str) -> float:
        """Seconds until this one may go. Its place is taken only when that is `affordable`."""
        if not self._gap and not self._domain_gap:
            return 0.0
        now, domain = time.monotonic(), address.rpartition("@")[2]
        at = max(now, self._next, self._next_of.get(domain, 0.0))
        if at - now <= AFFORDABLE:
            if self._gap:
                self._next = at + self._gap
            if self._domain_gap:
                self._forget_past(now)
                self._next_of[domain] = at + self._domain_gap
        return at - now

    def _forget_past(self, now: float) -> None:
        if len(self._next_of) > 1000:
            self._next_of = {name: at for name, at in self._next_of.items() if at > now}


AFFORDABLE = 5.0
"""A longer wait is waited in the queue, where other mails can overtake."""
