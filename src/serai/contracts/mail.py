"""What delivery asks of a mail driver."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail. `media_type`: such as "application/pdf"."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One mail to one person. `message_id` is the same at every attempt, in angle brackets."""

    id: str
    message_id: str
    sender: str
    recipient: str
    subject: str
    text: str
    html: str | None
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """The other side answers for the mail now. `kept`: it stays on this machine."""

    provider_id: str = ""
    said: str = ""
    kept: bool = False


class DeliveryError(Exception):
    """Not accepted; `said` is what the other side answered."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


class Refused(DeliveryError):
    """For good. `bad_address`: nobody has this address, and nothing more should be sent there."""

    def __init__(self, said: str, *, bad_address: bool = False) -> None:
        super().__init__(said)
        self.bad_address = bad_address


class TryLater(DeliveryError):
    """The mail was not accepted now, and may be later. `after`: seconds the other side asks for."""

    def __init__(self, said: str, *, after: float = 0) -> None:
        super().__init__(said)
        self.after = after


class Unreachable(DeliveryError):
    """The server itself: no connection, no sign-in, too many requests. No mail is to blame."""

    def __init__(self, said: str, *, after: float = 0) -> None:
        super().__init__(said)
        self.after = after


@dataclass(frozen=True, slots=True)
class Report:
    """What became of an accepted mail. `id` is the provider's own, stable over repetitions."""

    id: str
    mail_id: str | None
    address: str
    outcome: Literal["delivered", "deferred", "bounced", "complained", "unsubscribed"]
    hard: bool
    detail: str
    at: datetime


class MailDriver(Protocol):
    async def send(self, message: OutgoingMail) -> Accepted:
        """Hand the mail over; many calls at once. Raises Refused, TryLater or Unreachable.

        A mail for which nothing is raised has been accepted. When it is not known (the connection
        broke before the answer), TryLater: a repeated mail is better than a lost one.
        """
        ...

    def read_reports(self, headers: Mapping[str, str], body: bytes) -> Sequence[Report]:
        """What the provider's webhook brings. Raises Denied unless it is proven to be the
        provider's, NotFound by drivers without one."""
        ...

    async def close(self) -> None: ...
