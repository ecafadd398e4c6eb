"""The sender of one worker: claims what is due, sends many at once, records what became of it."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import structlog

from serai.contracts.mail import (
    Accepted,
    Attachment,
    MailDriver,
    Refused,
    TryLater,
    Unreachable,
)
from serai.kit import clock
from serai.kit.db import Database
from serai.kit.secrets import Vault
from serai.kit.settings import Settings
from serai.modules.notifications import attachments
from serai.modules.notifications.delivery import claims, retries
from serai.modules.notifications.delivery.bookkeeper import Bookkeeper
from serai.modules.notifications.delivery.message import Letterhead
from serai.modules.notifications.delivery.records import Outcome
from serai.modules.notifications.models import Mail
from serai.modules.notifications.queue import CHANNEL

log = structlog.get_logger()

_LOOK_SECONDS = 5.0  # should a NOTIFY have been missed
_AGAIN_SECONDS = 0.5
_FINISH_SECONDS = 6.0
_GIVE_UP_SECONDS = 1.0
_CLAIMED_PER_SENDER = 4


class Sender:
    """`run` until it is cancelled, then finish the mails just being sent. `name`: this process's own."""

    def __init__(
        self, database: Database, settings: Settings, vault: Vault, driver: MailDriver, name: str
    ) -> None:
        self._database = database
        self._settings = settings
        self._driver = driver
        self._name = name
        self._letterhead = Letterhead(settings, vault)
        self._silence = retries.Silence(min(1.0, settings.mail_retry_seconds))
        self._pace = retries.Pace(settings.mail_per_second, settings.mail_per_second_and_domain)
        self._lease = timedelta(seconds=settings.mail_lease_seconds)
        self._wake = asyncio.Event()
        self._books = Bookkeeper(database, name, self._wake.set)
        self._claimed: asyncio.Queue[tuple[Mail, float]] = asyncio.Queue()
        self._sending: set[asyncio.Task[None]] = set()
        self._ending = False

    async def run(self) -> None:
        hands = [asyncio.create_task(self._send_on()) for _ in range(self._settings.mail_at_once)]
        tasks = [
            asyncio.create_task(work)
            for work in (self._listen(), self._fetch(), self._books.keep())
        ]  # fmt: skip
        try:
            done, _ = await asyncio.wait([*tasks, *hands], return_when=asyncio.FIRST_EXCEPTION)
            for each in done:
                each.result()
        finally:
            await self._wind_up(tasks, hands)

    async def _wind_up(self, tasks: list[asyncio.Task[None]], hands: list[asyncio.Task[None]]) -> None:
        """Mails that are just being sent are sent, and what became of them is written down."""
        self._ending = True
        for task in (*tasks, *(each for each in hands if each not in self._sending)):
            task.cancel()
        if self._sending:
            await asyncio.wait(set(self._sending), timeout=_FINISH_SECONDS)
        for task in hands:
            task.cancel()
        await asyncio.wait([*tasks, *hands], timeout=_GIVE_UP_SECONDS)
        while not self._claimed.empty():
            self._give_back(self._claimed.get_nowait()[0], 0)
        await self._books.close()

    async def _listen(self) -> None:
        while not self._ending:
            try:
                async with self._database.listening(CHANNEL) as connection:
                    self._wake.set()  # what was missed while not listening
                    async for _notification in connection.notifies():
                        self._wake.set()
            except Exception as error:
                log.warning("mails are looked for every few seconds only", error=str(error))
                await asyncio.sleep(1)

    async def _fetch(self) -> None:
        """Never more than can be sent soon: a claim holds for a while only."""
        at_once = self._settings.mail_at_once
        while not self._ending:
            room = _CLAIMED_PER_SENDER * at_once - self._claimed.qsize()
            pause = self._silence.left
            if not pause and room >= at_once:
                try:
                    pause = await self._claim(room)
                except Exception as error:
                    log.warning("no mails can be fetched", error=str(error))
                    pause = _AGAIN_SECONDS
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause or _LOOK_SECONDS)
            self._wake.clear()

    async def _claim(self, limit: int) -> float:
        """Seconds until it is worth looking again; 0 for "when woken"."""
        until = time.monotonic() + self._lease.total_seconds()
        now = clock.now()
        async with self._database.transaction() as session:
            found = await claims.claim(session, self._name, now, self._lease, limit)
            due = None if found else await claims.next_due(session)
        for mail in found:
            self._claimed.put_nowait((mail, until))
        return min(max((due - now).total_seconds(), 0.02), _LOOK_SECONDS) if due else 0.0

    async def _send_on(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        while not self._ending:
            mail, until = await self._claimed.get()
            if self._claimed.qsize() < self._settings.mail_at_once:
                self._wake.set()
            if not await self._may_go(mail):
                continue
            if clock.now() >= mail.give_up_at:
                self._give_back(mail, 0)
                continue
            # Later than that another sender may have it already.
            if time.monotonic() + self._settings.mail_timeout_seconds > until:
                continue
            self._sending.add(task)
            try:
                await self._send(mail)
            finally:
                self._sending.discard(task)

    async def _may_go(self, mail: Mail) -> bool:
        """Wait for its turn, or give it back when that is far."""
        wait = self._silence.left or self._pace.wait_for(mail.recipient)
        if self._silence.left or wait > retries.AFFORDABLE:
            self._give_back(mail, wait)
            return False
        if wait:
            await asyncio.sleep(wait)
        return True

    async def _send(self, mail: Mail) -> None:
        try:
            async with asyncio.timeout(self._settings.mail_timeout_seconds):
                files = await self._attachments(mail)
                accepted = await self._driver.send(self._letterhead.write(mail, files))
        except Unreachable as error:
            pause = self._silence.begin(error.after)
            log.warning("the mail server cannot be used", error=error.said, pause=round(pause, 1))
            self._give_back(mail, pause, error.said)
        except Refused as error:
            state = "bounced" if error.bad_address else "failed"
            self._books.add(
                Outcome(mail, state, error.said, clock.now(), bad_address=error.bad_address)
            )
        except TryLater as error:
            self._try_later(mail, error.said, error.after)
        except TimeoutError:
            self._try_later(mail, "The server took too long to answer.")
        except Exception as error:
            log.exception("a mail could not be sent", mail=mail.id)
            self._try_later(mail, f"{type(error).__name__}: {error}")
        else:
            self._silence.end()
            self._books.add(_accepted(mail, accepted))

    async def _attachments(self, mail: Mail) -> Sequence[Attachment]:
        """Fetched late: what waits for its turn does not lie in memory."""
        if not mail.attachments:
            return ()
        async with self._database.transaction() as session:
            return await attachments.of_mail(session, mail)

    def _try_later(self, mail: Mail, said: str, asked: float = 0) -> None:
        now = clock.now()
        due = retries.next_try(now, mail.give_up_at, mail.attempts, self._settings.mail_retry_seconds, asked)
        self._books.add(Outcome(mail, "queued" if due else "failed", said, now, due, late=due is None))

    def _give_back(self, mail: Mail, pause: float, said: str = "") -> None:
        """As if it had not been tried, but for a mail whose time is over."""
        now = clock.now()
        if now >= mail.give_up_at:
            said = said or "There was no time left to send it."
            self._books.add(Outcome(mail, "failed", said, now, late=True))
        else:
            due = now + timedelta(seconds=pause)
            self._books.add(Outcome(mail, "queued", said, now, due, tried=False))


def _accepted(mail: Mail, accepted: Accepted) -> Outcome:
    state = "kept" if accepted.kept else "sent"
    return Outcome(mail, state, accepted.said, clock.now(), provider_id=accepted.provider_id or None)
