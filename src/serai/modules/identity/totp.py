"""Codes of an authenticator app (RFC 6238): one step of clock drift, and no step used twice."""

from dataclasses import dataclass

import pyotp
import segno
from pyotp import utils

from serai.kit import clock, events
from serai.kit.actor import Actor
from serai.kit.db import Session, as_platform
from serai.kit.errors import Conflict, Invalid
from serai.kit.i18n import _
from serai.kit.secrets import Vault
from serai.modules.identity import credential_queries, recovery
from serai.modules.identity.models import TotpCredential, User

STEP_SECONDS = 30
_SECRET_LENGTH = 32  # base32 letters: 160 bits, as RFC 4226 recommends
_DRIFT = (0, -1, 1)
_ISSUER = "Serai"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the authenticator app needs: `uri` as a picture, `secret` to type."""

    secret: str
    uri: str

    @property
    def picture(self) -> str:
        """The QR code as an address for an <img>: SVG within the page, dark on white in every theme."""
        return segno.make(self.uri, error="m").svg_data_uri(scale=5, border=3, dark="#000", light="#fff")

    @property
    def readable_secret(self) -> str:
        return " ".join(self.secret[at : at + 4] for at in range(0, len(self.secret), 4))


def enrolment(email: str, secret: str) -> Enrolment:
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=_ISSUER))


def new_secret() -> str:
    return pyotp.random_base32(_SECRET_LENGTH)


def step_of(secret: str, code: str, last_step: int) -> int | None:
    """The step the code belongs to, if it fits now and is newer than the last one used."""
    digits = "".join(code.split())
    present = int(clock.now().timestamp()) // STEP_SECONDS
    for drift in _DRIFT:
        step = present + drift
        expected = pyotp.TOTP(secret).generate_otp(step)
        if utils.strings_equal(digits, expected) and step > last_step:
            return step
    return None


async def begin(session: Session, user: User, vault: Vault) -> Enrolment:
    """A secret that counts only once a code of it was typed; asking again makes another."""
    found = await credential_queries.totp_of(session, user.id)
    if found is not None and found.confirmed_at is not None:
        raise Conflict(_("An authenticator app is set up already. Remove it first."))
    secret = new_secret()
    if found is None:
        found = TotpCredential(user_id=user.id, created_at=clock.now(), last_step=0, sealed_secret="")
        session.add(found)
    found.sealed_secret = vault.seal(secret)
    return enrolment(user.email, secret)


async def begun(session: Session, user: User, vault: Vault) -> Enrolment | None:
    """The one under way, to show it again."""
    found = await credential_queries.totp_of(session, user.id)
    if found is None or found.confirmed_at is not None:
        return None
    return enrolment(user.email, vault.open(found.sealed_secret))


async def confirm(session: Session, actor: Actor, user: User, vault: Vault, code: str) -> list[str]:
    """Switch it on; returns recovery codes in clear if the person has none yet."""
    found = await credential_queries.totp_of(session, user.id, lock=True)
    if found is None or found.confirmed_at is not None:
        raise Conflict(_("This set-up is over. Begin it again."))
    step = step_of(vault.open(found.sealed_secret), code, found.last_step)
    if step is None:
        message = _("This code does not fit. Check that the clock of your phone is right, and take the newest.")
        raise Invalid(message, fields={"code": message})
    found.confirmed_at, found.last_step = clock.now(), step
    await events.publish(session, actor, "identity.totp_enabled", user.id)
    if await recovery.left(session, user.id):
        return []
    return await recovery.generate(session, actor, user)


async def is_on(session: Session, user_id: str) -> bool:
    found = await credential_queries.totp_of(session, user_id)
    return found is not None and found.confirmed_at is not None


async def use(session: Session, user_id: str, vault: Vault, code: str) -> bool:
    """Whether the code is right; a step is used up by it."""
    async with as_platform(session):  # the second step of a sign-in: the person is not signed in yet
        found = await credential_queries.totp_of(session, user_id, lock=True)
        if found is None or found.confirmed_at is None:
            return False
        step = step_of(vault.open(found.sealed_secret), code, found.last_step)
        if step is None:
            return False
        found.last_step = step
        await session.flush()
    return True


async def remove(session: Session, actor: Actor, user: User) -> None:
    found = await credential_queries.totp_of(session, user.id)
    if found is None:
        return
    was_on = found.confirmed_at is not None
    await session.delete(found)
    if was_on:
        await events.publish(session, actor, "identity.totp_disabled", user.id)
        await recovery.forget_if_useless(session, user.id)
