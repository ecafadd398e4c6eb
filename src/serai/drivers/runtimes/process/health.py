"""One question to a launch: do you answer as you should?"""

import asyncio
import contextlib

from serai.contracts.runtime import Health

_LONGEST_STATUS_LINE = 1024


async def answers(health: Health, port: int, timeout: float) -> bool:
    """True when a GET of the health path gives the expected status within `timeout` seconds."""
    try:
        async with asyncio.timeout(timeout):
            return await _status(health, port) == health.status
    except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
        return False


async def _status(health: Health, port: int) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_LONGEST_STATUS_LINE)
    try:
        request = (
            f"GET {health.path} HTTP/1.1\r\nHost: {health.host}\r\nUser-Agent: serai-health\r\n"
            "Accept: */*\r\nConnection: close\r\n\r\n"
        )
        writer.write(request.encode())
        await writer.drain()
        line = await reader.readline()
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    version, code, *_ = line.decode("latin-1").split(" ", 2)
    if not version.startswith("HTTP/"):
        return 0
    return int(code)
