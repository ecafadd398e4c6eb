"""Hands mails to the server over a few connections, each used for many mails."""

import asyncio
import time
from collections.abc import Mapping, Sequence

from serai.contracts.mail import Accepted, OutgoingMail, Report
from serai.drivers.mail.smtp import mime
from serai.drivers.mail.smtp.address import Server, parse
from serai.drivers.mail.smtp.connection import Connection, Stale
from serai.kit.errors import NotFound
from serai.kit.settings import Settings

_IDLE_SECONDS = 20.0


class Smtp:
    def __init__(self, server: Server, local_name: str, *, timeout: float = 30) -> None:
        self._server = server
        self._local_name = local_name
        self._timeout = timeout
        self._idle: list[tuple[Connection, float]] = []
        self._sweeping: asyncio.TimerHandle | None = None

    async def send(self, message: OutgoingMail) -> Accepted:
        content = mime.encode(message)
        while True:
            connection = self._reuse() or await self._open()
            try:
                said = await connection.deliver(mime.envelope_sender(message), message.recipient, content)
            except Stale:
                continue
            finally:
                self._put_back(connection)
            return Accepted(said=said)

    def read_reports(self, headers: Mapping[str, str], body: bytes) -> Sequence[Report]:
        raise NotFound("SMTP servers report by mail: pipe it into `serai mail bounce`.")

    async def close(self) -> None:
        if self._sweeping is not None:
            self._sweeping.cancel()
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.quit() for connection, _ in idle))

    def _reuse(self) -> Connection | None:
        while self._idle:
            connection, _ = self._idle.pop()
            if connection.is_good:
                return connection
            connection.close()
        return None

    async def _open(self) -> Connection:
        connection = Connection(self._server, self._local_name, self._timeout)
        await connection.open()
        return connection

    def _put_back(self, connection: Connection) -> None:
        if not connection.is_good:
            connection.close()
            return
        self._idle.append((connection, time.monotonic()))
        if self._sweeping is None:
            self._sweeping = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._sweep)

    def _sweep(self) -> None:
        """Close what has not been used for a while: the server would, without telling."""
        limit = time.monotonic() - _IDLE_SECONDS / 2
        self._sweeping = None
        kept = []
        for connection, since in self._idle:
            if since > limit:
                kept.append((connection, since))
            else:
                connection.close()
        self._idle = kept
        if kept:
            self._sweeping = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._sweep)


def from_settings(settings: Settings) -> Smtp:
    return Smtp(parse(settings.smtp_url), settings.domain, timeout=settings.mail_timeout_seconds)
