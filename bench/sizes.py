"""How much is measured: enough to trust a ratio, or just enough to see that a bench still runs.

`SERAI_BENCH_SMOKE=1` chooses the latter: seconds, and figures that mean nothing.
"""

import os
from typing import TypeVar

Size = TypeVar("Size")
SMOKE = os.environ.get("SERAI_BENCH_SMOKE", "") not in {"", "0"}


def sized(whole: Size, smoke: Size) -> Size:
    return smoke if SMOKE else whole
