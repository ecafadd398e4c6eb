"""No mail leaves the machine: it stays in the queue's table, to be read at /mailbox in development."""

from collections.abc import Mapping, Sequence

from serai.contracts.mail import Accepted, OutgoingMail, Report
from serai.kit.errors import NotFound
from serai.kit.settings import Settings


class Keep:
    async def send(self, message: OutgoingMail) -> Accepted:
        return Accepted(said="Kept on this machine.", kept=True)

    def read_reports(self, headers: Mapping[str, str], body: bytes) -> Sequence[Report]:
        raise NotFound("Mails that stay here are not reported on.")

    async def close(self) -> None: ...


def from_settings(_settings: Settings) -> Keep:
    return Keep()


__all__ = ["Keep", "from_settings"]
