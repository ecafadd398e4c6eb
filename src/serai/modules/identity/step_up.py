"""Step-up: a fresh proof of who it is before something dangerous, within a session."""

from dataclasses import dataclass

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.identity import passkeys, passwords, sessions, totp
from serai.modules.identity.models import User


@dataclass(frozen=True, slots=True)
class Proofs:
    """What a person can confirm with. A code by e-mail is for who has nothing stronger: whoever
    reads somebody's mail must not get past their second step with it."""

    password: bool
    passkey: bool
    totp: bool

    @property
    def second_step(self) -> bool:
        return self.passkey or self.totp

    @property
    def code(self) -> bool:
        return not self.second_step


async def proofs(session: Session, user: User) -> Proofs:
    return Proofs(
        password=await passwords.has_password(session, user.id),
        passkey=bool(await passkeys.passkeys(session, user.id)),
        totp=await totp.is_on(session, user.id),
    )


async def confirmed(session: Session, actor: Actor, token: str, method: str) -> str:
    """After the proof: the session under a new token, open for what is dangerous for a while."""
    await sessions.confirm(session, actor, method)
    return await sessions.rotate(session, token)
