"""An SMTP server in a process of its own that drops, stalls and refuses for now, by dice with a fixed
seed. It notes every acceptance before it answers with it.

Usage: python -m tests.crash.smtp LOG SEED; prints its port.
"""

import asyncio
import random
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

_OURS = re.compile(rb"^X-Serai-Mail: (\S+)", re.MULTILINE)
_STALL_SECONDS = 1.5  # longer than the worker waits


class Unreliable:
    """One mail in seven meets some trouble."""

    def __init__(self, log: Path, seed: int) -> None:
        self._log = log.open("ab", buffering=0)
        self._dice = random.Random(seed)
        self.connections = 0

    def serve(self) -> SMTP:
        self.connections += 1
        return SMTP(self, hostname="mail.test", ident="unreliable")

    async def handle_RCPT(self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any):  # noqa: N802
        throw = self._dice.random()
        if throw < 0.03:
            self._note("later")
            return "451 4.7.1 Come back later"
        if throw < 0.045:
            self._drop(server, "dropped")
            return "421 gone"
        if throw < 0.055:
            self._note("closed")
            return "421 4.3.2 Too many mails on one connection"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope):  # noqa: N802
        throw = self._dice.random()
        if throw < 0.03:
            self._note("later")
            return "452 4.3.1 No room just now"
        if throw < 0.045:
            self._drop(server, "dropped")
            return "421 gone"
        if throw < 0.049:
            self._note("stalled")
            await asyncio.sleep(_STALL_SECONDS)
            return "451 4.3.0 Never mind"
        found = _OURS.search(envelope.content)
        assert found is not None
        self._log.write(b"accepted " + found[1] + b"\n")
        return "250 2.0.0 OK"

    def _drop(self, server: SMTP, what: str) -> None:
        self._note(what)
        server.transport.abort()

    def _note(self, what: str) -> None:
        self._log.write(what.encode() + b"\n")


def read_log(log: Path) -> tuple[Counter[str], Counter[str]]:
    """How often each mail was accepted, and how often each trouble was made."""
    accepted: Counter[str] = Counter()
    trouble: Counter[str] = Counter()
    for line in log.read_text().splitlines():
        what, _, mail_id = line.partition(" ")
        if mail_id:
            accepted[mail_id] += 1
        else:
            trouble[what] += 1
    return accepted, trouble


async def main(log: Path, seed: int) -> None:
    unreliable = Unreliable(log, seed)
    server = await asyncio.get_running_loop().create_server(unreliable.serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
