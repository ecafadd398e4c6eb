"""What providers publish about themselves, kept in this process for a while.

Whoever opens a sign-in link would otherwise make us ask the provider each time.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from serai.kit import clock

Value = TypeVar("Value")
LIFE = timedelta(minutes=10)
A_MINUTE = timedelta(minutes=1)
ANEW = timedelta()
_MOST = 64


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question, for whose answer everybody waits who wants it meanwhile."""

    at: datetime
    answer: "asyncio.Task[Any]"

    def is_good(self, oldest: timedelta) -> bool:
        if not self.answer.done():
            return True
        failed = self.answer.cancelled() or self.answer.exception() is not None
        return not failed and clock.now() - self.at < oldest


_asked: OrderedDict[str, _Asked] = OrderedDict()


async def published(
    key: str, ask: Callable[[], Coroutine[Any, Any, Value]], oldest: timedelta = LIFE
) -> Value:
    """What `ask` answered no longer ago than `oldest`, asked anew if there is nothing such. Failures
    are not kept."""
    found = _asked.get(key)
    if found is None or not found.is_good(oldest):
        found = _Asked(clock.now(), asyncio.ensure_future(ask()))
        _asked[key] = found
    _asked.move_to_end(key)
    while len(_asked) > _MOST:
        _asked.popitem(last=False)
    value: Value = await asyncio.shield(found.answer)
    return value
