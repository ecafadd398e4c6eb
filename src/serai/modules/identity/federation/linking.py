"""From what a provider says of a person to the person here."""

from collections.abc import Sequence
from dataclasses import dataclass

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Session, as_platform
from serai.kit.errors import Conflict, Denied, Invalid, NotFound
from serai.kit.i18n import _
from serai.modules.identity import credential_queries, email_change, queries, tickets
from serai.modules.identity.accounts import ensure_user
from serai.modules.identity.emails import clean_email
from serai.modules.identity.federation.claims import Claims
from serai.modules.identity.models import IdentityProvider, LinkedSignIn, User
from serai.modules.identity.people import themselves


class MustLinkFirst(Denied):
    """Somebody here has that address: they sign in as they do, and link it then."""

    code = "identity.must_link_first"


@dataclass(frozen=True, slots=True)
class LinkOffer:
    provider: IdentityProvider
    email: str


async def sign_in_with(session: Session, provider: IdentityProvider, claims: Claims, language: str) -> User:
    """The person known by this issuer and subject, or a new one.

    Raises MustLinkFirst when the address is somebody's here, Denied when it is not verified.
    """
    async with as_platform(session):  # nobody is signed in yet
        found = await credential_queries.linked(session, claims.issuer, claims.subject)
        if found is not None:
            found[0].last_used_at = clock.now()
            return found[1]
    email = _usable(claims.email) if claims.email_verified else ""
    if not email or await email_change.is_reserved(session, email):
        raise Denied(
            _("%(provider)s does not confirm an e-mail address of yours. Sign in with a code by e-mail, and "
              "link %(provider)s afterwards in your settings.", provider=provider.name)
        )  # fmt: skip
    if await queries.user_by_email(session, email) is not None:
        raise MustLinkFirst(
            _("There is an account with %(email)s here. Sign in as you did before; %(provider)s can then be "
              "linked to it.", email=email, provider=provider.name)
        )  # fmt: skip
    user, _account = await ensure_user(session, email, language)
    user.email_verified_at = clock.now()
    async with as_platform(session):
        await _add(session, themselves(user), user, provider, claims)
    return user


async def link(session: Session, actor: Actor, user: User, provider: IdentityProvider, claims: Claims) -> None:
    """From now on that identity signs this person in. Raises Conflict when it is another's."""
    async with as_platform(session):  # an identity belongs to one person on the whole platform
        found = await credential_queries.linked(session, claims.issuer, claims.subject)
        if found is None:
            await _add(session, actor, user, provider, claims)
        elif found[1].id != user.id:
            raise Conflict(
                _("This %(provider)s account is linked to another person here.", provider=provider.name)
            )


async def offer_link(session: Session, provider: IdentityProvider, claims: Claims, browser: str) -> None:
    """Remember what the provider said until the person has signed in with this browser."""
    await tickets.cancel_in(session, tickets.LINK_OFFER, browser)
    data = {"provider": provider.key, "issuer": claims.issuer, "subject": claims.subject, "email": claims.email}
    await tickets.issue(session, tickets.LINK_OFFER, browser=browser, data=data)


async def link_offer(session: Session, user: User, browser: str) -> LinkOffer | None:
    """What waits to be linked to this very person."""
    ticket = await tickets.newest(session, tickets.LINK_OFFER, browser)
    if ticket is None or _usable(str(ticket.data["email"])) != user.email:
        return None
    async with as_platform(session):
        provider = await credential_queries.provider(session, str(ticket.data["provider"]))
    return LinkOffer(provider, str(ticket.data["email"])) if provider else None


async def keep_offer(session: Session, browser: str, renewed: str) -> None:
    """The browser's token changes when the person signs in; the offer goes with it."""
    await tickets.move(session, tickets.LINK_OFFER, browser, renewed)


async def link_offered(session: Session, actor: Actor, user: User, browser: str) -> IdentityProvider:
    offer = await link_offer(session, user, browser)
    ticket = await tickets.newest(session, tickets.LINK_OFFER, browser)
    if offer is None or ticket is None:
        raise Invalid(_("There is nothing to link any more. Begin again."))
    await tickets.close(session, ticket)
    claims = Claims(str(ticket.data["issuer"]), str(ticket.data["subject"]), offer.email, email_verified=False)
    await link(session, actor, user, offer.provider, claims)
    return offer.provider


async def links(session: Session, user_id: str) -> Sequence[LinkedSignIn]:
    return await credential_queries.links_of(session, user_id)


async def unlink(session: Session, actor: Actor, user: User, link_id: str) -> LinkedSignIn:
    """A code by e-mail always remains, so nobody loses the last way in."""
    row = await credential_queries.link(session, user.id, link_id)
    if row is None:
        raise NotFound(_("You have no such linked sign-in."))
    await session.delete(row)
    await events.publish(session, actor, "identity.sign_in_unlinked", user.id, issuer=row.issuer)
    return row


async def _add(
    session: Session, actor: Actor, user: User, provider: IdentityProvider, claims: Claims
) -> None:
    session.add(
        LinkedSignIn(
            id=ids.new("lnk"), user_id=user.id, provider_id=provider.id, issuer=claims.issuer,
            subject=claims.subject, email=claims.email, created_at=clock.now(),
        )
    )  # fmt: skip
    await session.flush()
    await events.publish(session, actor, "identity.sign_in_linked", user.id, issuer=claims.issuer)


def _usable(email: str) -> str:
    try:
        return clean_email(email)
    except Invalid:
        return ""
