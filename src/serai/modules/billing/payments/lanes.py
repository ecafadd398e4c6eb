"""How much of a gateway goes on at once, over all workers."""

from zlib import crc32

LANES = 4
LONGEST_SECONDS = 60.0  # for one answer, should a driver know no end


def lane(gateway: str, about: str) -> str:
    """The lock of jobs that ask `gateway`: the same payment has the same lane, and its jobs take turns."""
    return f"gateway:{gateway}:{crc32(about.encode()) % LANES}"
