"""Who does something. Every service takes one, explicitly."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["user", "token", "staff", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """`id` is the user's or token's public id; `account_id` the account it acts for, if any."""

    kind: Kind
    id: str
    account_id: str | None = None
    name: str = ""

    @property
    def is_platform(self) -> bool:
        """Staff and the system itself see every account."""
        return self.kind in {"staff", "system"}

    def sees(self, account_id: str | None) -> bool:
        """What belongs to no account is the platform's own."""
        return self.is_platform or (account_id is not None and self.account_id == account_id)

    def as_json(self) -> dict[str, str | None]:
        return {"kind": self.kind, "id": self.id, "account_id": self.account_id, "name": self.name}


SYSTEM = Actor(kind="system", id="system", name="Serai")
