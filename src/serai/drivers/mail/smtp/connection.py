"""One connection to the server, from its greeting to its end."""

import ssl
from contextlib import suppress

import aiosmtplib

from serai.contracts.mail import TryLater, Unreachable
from serai.drivers.mail.smtp.address import Server
from serai.drivers.mail.smtp.replies import meaning

_MOST_MAILS = 200  # many servers end a connection after some hundred
_CLOSING, _FOR_GOOD = 421, 500


class Stale(Exception):
    """A connection that had been used before is gone, and nothing of the mail was said on it yet."""


class Connection:
    def __init__(self, server: Server, local_name: str, timeout: float) -> None:
        context = ssl.create_default_context(cafile=server.ca) if server.tls != "none" else None
        self._server = server
        self._mails = 0
        self._smtp = aiosmtplib.SMTP(
            hostname=server.host, port=server.port, use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls", tls_context=context, local_hostname=local_name,
            timeout=timeout,
        )  # fmt: skip

    async def open(self) -> None:
        """Raises Unreachable."""
        try:
            await self._smtp.connect()
            await self._smtp.ehlo()
            if self._server.user is not None:
                await self._smtp.login(self._server.user, self._server.password or "")
        except aiosmtplib.SMTPResponseException as error:
            self.close()
            raise Unreachable(f"{error.code} {error.message}") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            self.close()
            raise Unreachable(f"{self._server.host}:{self._server.port}: {error}") from error
        except BaseException:
            self.close()
            raise

    async def deliver(self, sender: str, recipient: str, content: bytes) -> str:
        """The server's answer to a mail it has accepted. Raises Stale, Refused, TryLater or Unreachable."""
        self._mails += 1
        stage = "sender"
        try:
            await self._smtp.mail(sender)
            stage = "recipient"
            await self._smtp.rcpt(recipient)
            stage = "content"
            return (await self._smtp.data(content)).message
        except aiosmtplib.SMTPResponseException as error:
            await self._start_over(error.code)
            if error.code == _CLOSING and self._was_idle(stage):
                raise Stale from error
            if stage == "sender" and error.code >= _FOR_GOOD:  # it refuses us, whatever the mail
                raise Unreachable(f"{error.code} {error.message}") from error
            raise meaning(error.code, error.message, of_recipient=stage == "recipient") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            self.close()
            if isinstance(error, ConnectionError) and self._was_idle(stage):
                raise Stale from error
            raise TryLater(f"The connection broke or took too long: {error}") from error
        except BaseException:
            self.close()  # an interrupted conversation cannot be taken up again
            raise

    @property
    def is_good(self) -> bool:
        return self._smtp.is_connected and self._mails < _MOST_MAILS

    async def quit(self) -> None:
        """Politely, as far as the server lets us."""
        with suppress(aiosmtplib.SMTPException, OSError):
            await self._smtp.quit(timeout=1)
        self.close()

    def close(self) -> None:
        self._smtp.close()

    def _was_idle(self, stage: str) -> bool:
        return stage == "sender" and self._mails > 1

    async def _start_over(self, code: int) -> None:
        """Ready for the next mail, or closed."""
        try:
            if code == _CLOSING:
                raise ConnectionError
            await self._smtp.rset()
        except (aiosmtplib.SMTPException, OSError):
            self.close()
