"""Passkeys (WebAuthn): always with user verification, so that one alone is two factors."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Session, as_platform
from serai.kit.errors import Conflict, Invalid, NotFound
from serai.kit.i18n import _
from serai.kit.settings import Settings
from serai.modules.identity import credential_queries, recovery, tickets
from serai.modules.identity.models import Passkey, User

REGISTRATION = tickets.NEW_PASSKEY
_MOST = 20
_LONGEST_NAME = 60
_VERIFIED = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True, slots=True)
class Challenge:
    """One that this browser asked for and that is used up; `user_id` of who registers."""

    value: bytes
    user_id: str | None


async def registration_options(session: Session, user: User, settings: Settings, browser: str) -> str:
    """As JSON for `navigator.credentials.create`."""
    present = await credential_queries.passkeys_of(session, user.id)
    if len(present) >= _MOST:
        raise Conflict(_("You have %(num)s passkeys already. Remove one that you no longer use.", num=_MOST))
    options = webauthn.generate_registration_options(
        rp_id=settings.domain, rp_name="Serai", user_id=user.id.encode(), user_name=user.email,
        user_display_name=user.email, exclude_credentials=_described(present),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
        ),
    )  # fmt: skip
    await tickets.cancel_in(session, tickets.NEW_PASSKEY, browser)
    await tickets.issue(
        session, tickets.NEW_PASSKEY, browser=browser, user_id=user.id, data=_kept(options.challenge)
    )
    return webauthn.options_to_json(options)


async def take_challenge(session: Session, browser: str, purpose: str = tickets.PASSKEY) -> Challenge:
    """In a transaction of its own, so that a challenge is used up also by a wrong answer."""
    ticket = await tickets.newest(session, purpose, browser)
    if ticket is None:
        raise Invalid(_("That took too long. Try it again."))
    await tickets.close(session, ticket)
    return Challenge(base64url_to_bytes(ticket.data["challenge"]), ticket.user_id)


async def register(
    session: Session, actor: Actor, user: User, settings: Settings, challenge: Challenge, answer: str,
    name: str,
) -> list[str]:  # fmt: skip
    """Keep the new passkey; returns recovery codes in clear if the person has none yet."""
    name = " ".join(name.split())[:_LONGEST_NAME] or _("Passkey")
    if challenge.user_id != user.id:
        raise _not_accepted()
    try:
        verified = webauthn.verify_registration_response(
            credential=answer, expected_challenge=challenge.value, expected_rp_id=settings.domain,
            expected_origin=settings.portal_origins, require_user_verification=True,
        )  # fmt: skip
    except (WebAuthnException, ValueError, KeyError) as error:
        raise _not_accepted() from error
    await _require_unknown(session, verified.credential_id)
    row = Passkey(
        id=ids.new("pky"), user_id=user.id, name=name, credential_id=verified.credential_id,
        public_key=verified.credential_public_key, sign_count=verified.sign_count,
        backed_up=verified.credential_backed_up, created_at=clock.now(),
    )  # fmt: skip
    session.add(row)
    await session.flush()
    await events.publish(session, actor, "identity.passkey_added", user.id, passkey=row.id, name=name)
    if await recovery.left(session, user.id):
        return []
    return await recovery.generate(session, actor, user)


async def sign_in_options(
    session: Session, settings: Settings, browser: str, user_id: str | None = None
) -> str:
    """As JSON for `navigator.credentials.get`: any passkey of this site, or the person's own."""
    own: Sequence[Passkey] = []
    if user_id is not None:
        async with as_platform(session):  # the second step: the person is not signed in yet
            own = await credential_queries.passkeys_of(session, user_id)
    options = webauthn.generate_authentication_options(
        rp_id=settings.domain, user_verification=_VERIFIED, allow_credentials=_described(own)
    )
    await tickets.cancel_in(session, tickets.PASSKEY, browser)
    await tickets.issue(session, tickets.PASSKEY, browser=browser, data=_kept(options.challenge))
    return webauthn.options_to_json(options)


async def recognise(session: Session, settings: Settings, challenge: Challenge, answer: str) -> User:
    """Whose passkey answered the challenge. Raises Invalid."""
    async with as_platform(session):  # its owner is known only by what it signed
        found = await credential_queries.passkey_with_owner(session, _credential_id(answer))
        if found is None:
            raise Invalid(_("This passkey is not known here. It may have been removed from its account."))
        row, user = found
        try:
            verified = webauthn.verify_authentication_response(
                credential=answer, expected_challenge=challenge.value, expected_rp_id=settings.domain,
                expected_origin=settings.portal_origins, credential_public_key=row.public_key,
                credential_current_sign_count=row.sign_count, require_user_verification=True,
            )  # fmt: skip
        except (WebAuthnException, ValueError, KeyError) as error:
            raise _not_accepted() from error
        row.sign_count, row.backed_up = verified.new_sign_count, verified.credential_backed_up
        row.last_used_at = clock.now()
        await session.flush()
    return user


async def passkeys(session: Session, user_id: str) -> Sequence[Passkey]:
    async with as_platform(session):  # asked during a sign-in too
        return await credential_queries.passkeys_of(session, user_id)


async def rename(session: Session, actor: Actor, user: User, passkey_id: str, name: str) -> None:
    row = await _own(session, user, passkey_id)
    before, row.name = row.name, " ".join(name.split())[:_LONGEST_NAME] or row.name
    await events.publish(
        session, actor, "identity.passkey_renamed", user.id, passkey=row.id, before={"name": before},
        after={"name": row.name},
    )  # fmt: skip


async def remove(session: Session, actor: Actor, user: User, passkey_id: str) -> Passkey:
    row = await _own(session, user, passkey_id)
    await session.delete(row)
    await events.publish(session, actor, "identity.passkey_removed", user.id, passkey=row.id, name=row.name)
    await recovery.forget_if_useless(session, user.id)
    return row


async def _own(session: Session, user: User, passkey_id: str) -> Passkey:
    row = await credential_queries.passkey(session, user.id, passkey_id)
    if row is None:
        raise NotFound(_("You have no such passkey."))
    return row


async def _require_unknown(session: Session, credential_id: bytes) -> None:
    async with as_platform(session):  # a credential belongs to one person on the whole platform
        if await credential_queries.passkey_with_owner(session, credential_id) is not None:
            raise Conflict(_("This passkey is registered already."))


def _described(rows: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=row.credential_id) for row in rows]


def _kept(challenge: bytes) -> dict[str, str]:
    return {"challenge": bytes_to_base64url(challenge)}


def _credential_id(answer: str) -> bytes:
    try:
        return base64url_to_bytes(json.loads(answer)["rawId"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _not_accepted() from error


def _not_accepted() -> Invalid:
    return Invalid(_("This passkey was not accepted. Try it again, or sign in in another way."))
