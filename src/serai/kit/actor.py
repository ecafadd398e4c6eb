"""Who does something. Every service takes one, explicitly."""

from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["user", "token", "staff", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """`id` is the user's or token's public id, `user_id` the person behind it, `account_id` the
    account it acts for. A grant is `resource:action:scope`, the scope own, account or platform.

    `impersonator` names the member of staff who acts as this user. `sudo`: has just proved again
    to be the one. `withheld`: scopes whose grants wait for a second step.
    """

    kind: Kind
    id: str
    account_id: str | None = None
    name: str = ""
    user_id: str | None = None
    grants: frozenset[str] = frozenset()
    session_id: str | None = None
    impersonator: str | None = None
    sudo: bool = False
    read_only: bool = False
    withheld: frozenset[str] = frozenset()
    account_name: str = ""

    @property
    def is_platform(self) -> bool:
        """Staff and the system itself see every account."""
        return self.kind in {"staff", "system"}

    def sees(self, account_id: str | None) -> bool:
        """What belongs to no account is the platform's own."""
        return self.is_platform or (account_id is not None and self.account_id == account_id)

    def may(self, permission: str, *, account_id: str | None = None, owner_id: str | None = None) -> bool:
        """Whether a grant covers `permission` on something of that account or person."""
        if self.kind == "system":
            return True
        if self.read_only and not permission.endswith(":read"):
            return False
        return (
            (self.kind == "staff" and f"{permission}:platform" in self.grants)
            # Staff read across accounts: what they are in an account of their own must not count.
            or (self.kind != "staff" and account_id is not None and account_id == self.account_id
                and f"{permission}:account" in self.grants)
            or (owner_id is not None and owner_id == self.user_id and f"{permission}:own" in self.grants)
        )  # fmt: skip

    def as_customer(self) -> "Actor":
        """Staff in the console: a customer like others, without what staff may."""
        kept = frozenset(grant for grant in self.grants if not grant.endswith(":platform"))
        return replace(self, kind="user", grants=kept) if self.kind == "staff" else self

    def as_json(self) -> dict[str, str | None]:
        return {
            "kind": self.kind, "id": self.id, "account_id": self.account_id, "name": self.name,
            "user_id": self.user_id, "impersonator": self.impersonator,
        }  # fmt: skip


SYSTEM = Actor(kind="system", id="system", name="Serai")
