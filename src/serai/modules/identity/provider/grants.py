"""Sign-ins to systems: a code for one, redeemed once by the system it was made for."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from authlib.oauth2.rfc6749.errors import InvalidGrantError
from authlib.oauth2.rfc7636.challenge import CODE_VERIFIER_PATTERN, compare_s256_code_challenge

from serai.kit import clock, events, ids
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Session
from serai.kit.errors import Denied
from serai.kit.i18n import _
from serai.modules.identity.hashing import new_token, token_hash
from serai.modules.identity.models.provider import SignInClient, SignInGrant
from serai.modules.identity.provider import clients, people, queries
from serai.modules.identity.provider.people import Person
from serai.modules.identity.provider.requests import SCOPES, AuthorizationRequest

_CODE_LIFE = timedelta(seconds=60)
_KEPT = timedelta(days=1)


class NotAllowedIn(Denied):
    """Not somebody of the account the system belongs to, or without the permission."""

    code = "identity.not_allowed_in"


@dataclass(frozen=True, slots=True)
class Redeemed:
    """Who signs in, to what extent."""

    grant: SignInGrant
    person: Person


async def grant_code(session: Session, actor: Actor, request: AuthorizationRequest) -> str:
    """A code for the system that asked. Raises NotAllowedIn."""
    return await _grant(
        session, actor, request.client, "code", scope=request.scope, nonce=request.nonce,
        code_challenge=request.code_challenge, redirect_uri=request.client.redirect_uri,
    )  # fmt: skip


async def grant_opening(session: Session, actor: Actor, client: SignInClient) -> str:
    """A token with which the system lets the actor in. Raises NotAllowedIn."""
    return await _grant(session, actor, client, "open", scope=" ".join(SCOPES))


async def redeem_code(
    session: Session, client: SignInClient, code: str, redirect_uri: str, verifier: str
) -> Redeemed | InvalidGrantError:
    """Whatever comes of it, the code is used up: the caller must commit."""
    grant = await _take(session, client, "code", code)
    if isinstance(grant, InvalidGrantError):
        return grant
    if grant.redirect_uri != redirect_uri:
        return InvalidGrantError("redirect_uri is another than before.")
    if not CODE_VERIFIER_PATTERN.match(verifier) or not compare_s256_code_challenge(
        verifier, grant.code_challenge
    ):
        return InvalidGrantError("code_verifier does not fit the code_challenge.")
    return await _let_in(session, client, grant)


async def redeem_opening(session: Session, client: SignInClient, token: str) -> Redeemed | InvalidGrantError:
    """Like `redeem_code`: the token is used up, the caller must commit."""
    grant = await _take(session, client, "open", token)
    return grant if isinstance(grant, InvalidGrantError) else await _let_in(session, client, grant)


async def still_good(session: Session, grant_id: str) -> Redeemed | None:
    """The sign-in a token names, unless it, its session or the membership has ended since."""
    grant = await queries.grant(session, grant_id)
    if grant is None or grant.used_at is None or grant.revoked_at is not None:
        return None
    client = await clients.find(session, grant.client_id)
    person = await _person_of(session, client, grant) if client else None
    return Redeemed(grant, person) if person else None


async def forget_old(session: Session) -> None:
    await queries.forget_grants(session, clock.now() - _KEPT)


async def _grant(
    session: Session, actor: Actor, client: SignInClient, kind: str, *, scope: str,
    nonce: str | None = None, code_challenge: str | None = None, redirect_uri: str | None = None,
) -> str:  # fmt: skip
    signed_in = await people.session_of(session, actor)
    person = await people.member(session, signed_in.user_id, client) if signed_in else None
    if signed_in is None or person is None:
        raise NotAllowedIn(
            _("You may not sign in to %(name)s. Ask somebody of its team to invite you, or sign in to "
              "Serai as somebody else.", name=client.name)
        )  # fmt: skip
    code, now = new_token(), clock.now()
    row = SignInGrant(
        id=ids.new("sgn"), kind=kind, code_hash=token_hash(code), client_id=client.id,
        account_id=client.account_id, user_id=person.user.id, session_id=signed_in.id,
        redirect_uri=redirect_uri, scope=scope, nonce=nonce, code_challenge=code_challenge,
        signed_in_at=signed_in.at, created_at=now, expires_at=now + _CODE_LIFE,
    )  # fmt: skip
    session.add(row)
    await events.publish(session, actor, "identity.sign_in_granted", row.id, client.account_id,
                         system=client.id, kind=kind)  # fmt: skip
    await session.flush()
    return code


async def _take(
    session: Session, client: SignInClient, kind: str, code: str
) -> SignInGrant | InvalidGrantError:
    grant = await queries.grant_by_code(session, kind, token_hash(code))
    if grant is None:
        return InvalidGrantError("This code is unknown.")
    now = clock.now()
    if grant.used_at is not None or grant.client_id != client.id:
        await _revoke(session, grant, now)
        return InvalidGrantError("This code was used already, or is another system's.")
    grant.used_at = now
    if grant.expires_at <= now:
        return InvalidGrantError("This code is too old; it works for a minute.")
    return grant


async def _revoke(session: Session, grant: SignInGrant, now: datetime) -> None:
    """Somebody else has the code, too: what came of it is good no more (RFC 6749 4.1.2)."""
    grant.used_at = grant.used_at or now
    if grant.revoked_at is None:
        grant.revoked_at = now
        await events.publish(session, SYSTEM, "identity.sign_in_revoked", grant.id, grant.account_id,
                             system=grant.client_id, reason="code used twice")  # fmt: skip


async def _let_in(session: Session, client: SignInClient, grant: SignInGrant) -> Redeemed | InvalidGrantError:
    person = await _person_of(session, client, grant)
    if person is None:
        return InvalidGrantError("Whoever asked for this code is signed out, or has left the account.")
    await events.publish(session, person.actor, "identity.signed_in_to_system", grant.id, grant.account_id,
                         system=client.id, kind=grant.kind)  # fmt: skip
    return Redeemed(grant, person)


async def _person_of(session: Session, client: SignInClient, grant: SignInGrant) -> Person | None:
    if await people.living_session(session, grant.session_id) is None:
        return None
    return await people.member(session, grant.user_id, client)
