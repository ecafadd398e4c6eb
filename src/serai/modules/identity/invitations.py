"""Invitations into a team: by e-mail, for a week, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Session, as_platform
from serai.kit.errors import Conflict, Denied, NotFound
from serai.kit.i18n import _
from serai.modules.identity import directory_queries, policy, queries, roles
from serai.modules.identity.accounts import actor_in
from serai.modules.identity.emails import clean_email
from serai.modules.identity.hashing import new_token, token_hash
from serai.modules.identity.models import Account, Invitation, Membership, User

DAYS = 7
_MOST_OPEN = 100
_AN_HOUR, _A_DAY = 3, 200  # mails that one account can have sent to strangers


@dataclass(frozen=True, slots=True)
class IssuedInvitation:
    """`token` goes into the mail's link and is kept nowhere."""

    invitation: Invitation
    account: Account
    token: str


class InvitationGone(NotFound):
    code = "identity.invitation_gone"


async def invite(session: Session, actor: Actor, email: str, role: str) -> IssuedInvitation:
    """For the caller to mail. Inviting an address again replaces the invitation that is open.

    Raises Conflict for a member, or when too many are open.
    """
    account_id = actor.account_id or ""
    policy.TEAM_MANAGE.require(actor, account_id=account_id)
    roles.require_not_above(actor, await roles.grants_of(session, account_id, role))
    email = clean_email(email)
    account = await queries.lock_account(session, account_id)
    if account is None:
        raise NotFound(_("There is no account %(id)s.", id=account_id))
    await _require_new(session, actor, account_id, email)
    token, now = new_token(), clock.now()
    invitation = Invitation(
        id=ids.new("inv"), account_id=account_id, email=email, role=role, token_hash=token_hash(token),
        invited_by=actor.user_id, created_at=now, expires_at=now + timedelta(days=DAYS),
    )  # fmt: skip
    await _replace_open(session, account_id, email)
    session.add(invitation)
    await session.flush()
    await events.publish(
        session, actor, "identity.invited", invitation.id, account_id, after={"email": email, "role": role}
    )
    return IssuedInvitation(invitation, account, token)


async def open_invitations(session: Session, actor: Actor) -> Sequence[Invitation]:
    """Also those that have expired and can be sent again."""
    policy.TEAM_READ.require(actor, account_id=actor.account_id)
    return await queries.open_invitations(session, actor.account_id or "")


async def revoke_invitation(session: Session, actor: Actor, invitation_id: str) -> Invitation:
    policy.TEAM_MANAGE.require(actor, account_id=actor.account_id)
    invitation = await session.get(Invitation, invitation_id, with_for_update=True)
    if invitation is None or invitation.account_id != actor.account_id:
        raise InvitationGone(_("There is no invitation %(id)s.", id=invitation_id))
    if invitation.accepted_at is not None or invitation.revoked_at is not None:
        raise Conflict(_("This invitation was accepted or revoked already."))
    invitation.revoked_at = clock.now()
    await events.publish(
        session, actor, "identity.invitation_revoked", invitation.id, invitation.account_id,
        before={"email": invitation.email},
    )  # fmt: skip
    return invitation


async def invitation_of(session: Session, token: str) -> tuple[Invitation, Account]:
    """What the link in the mail leads to; the caller sees everything. Raises InvitationGone."""
    invitation = await queries.invitation_by_token(session, token_hash(token))
    account = await session.get(Account, invitation.account_id) if invitation else None
    if (
        invitation is None
        or account is None
        or account.state != "active"
        or invitation.accepted_at is not None
        or invitation.revoked_at is not None
        or invitation.expires_at <= clock.now()
    ):
        raise _gone()
    return invitation, account


async def accept(session: Session, actor: Actor, token: str) -> Account:
    """Join the account. Only whoever signed in with the invited address may."""
    policy.PROFILE_MANAGE.require(actor, owner_id=actor.user_id)
    async with as_platform(session):  # nobody is a member yet
        invitation, account = await invitation_of(session, token)
        user = await session.get_one(User, actor.user_id)
        if user.email != invitation.email:
            raise Denied(
                _("This invitation is for %(email)s. Sign in with that address.", email=invitation.email)
            )
        await queries.lock_account(session, account.id)
        await _require_inviter(session, invitation, account)
        member = await queries.membership(session, account.id, user.id)
        if member is not None and member.deactivated_at is None:
            raise Conflict(_("You are in the team of %(name)s already.", name=account.name))
        if member is None:
            session.add(
                Membership(
                    account_id=account.id, user_id=user.id, role=invitation.role, joined_at=clock.now()
                )
            )
        else:
            member.role, member.deactivated_at = invitation.role, None
        invitation.accepted_at = clock.now()
        await directory_queries.link(session, account.id, user.email, user.id)
        await events.publish(
            session, actor, "identity.invitation_accepted", invitation.id, account.id,
            after={"email": user.email, "role": invitation.role},
        )  # fmt: skip
    return account


async def _require_inviter(session: Session, invitation: Invitation, account: Account) -> None:
    """An invitation is worth what whoever made it may give at this moment."""
    maker = await session.get_one(User, invitation.invited_by)
    actor = (await actor_in(session, maker, account)).as_customer()
    granted = await roles.grants_of(session, account.id, invitation.role)
    may_invite = policy.TEAM_MANAGE.allows(actor, account_id=account.id)
    if maker.deactivated_at is not None or not may_invite or not granted <= actor.grants:
        raise _gone()


async def _require_new(session: Session, actor: Actor, account_id: str, email: str) -> None:
    members = {user.email: member for member, user in await queries.members(session, account_id)}
    known = members.get(email)
    if known is not None and known.deactivated_at is None:
        message = _("%(email)s is in the team already.", email=email)
        raise Conflict(message, fields={"email": message})
    if known is not None:  # shut out for now: the invitation would give them another role
        roles.require_not_above(actor, await roles.grants_of(session, account_id, known.role))
    await _require_patience(session, account_id, email)


async def _require_patience(session: Session, account_id: str, email: str) -> None:
    """Invitations are mails to strangers with a text of the account's."""
    if len(await queries.open_invitations(session, account_id)) >= _MOST_OPEN:
        raise Conflict(_("A hundred invitations are open. Revoke some before you send more."))
    now = clock.now()
    if await queries.invitations_since(session, account_id, now - timedelta(hours=1), email) >= _AN_HOUR:
        raise Conflict(_("This address was invited several times within the hour. Wait a little."))
    if await queries.invitations_since(session, account_id, now - timedelta(days=1)) >= _A_DAY:
        raise Conflict(_("Too many invitations were sent today. Try again tomorrow."))


async def _replace_open(session: Session, account_id: str, email: str) -> None:
    for each in await queries.open_invitations(session, account_id):
        if each.email == email:
            each.revoked_at = clock.now()
    await session.flush()


def _gone() -> InvitationGone:
    return InvitationGone(
        _("This invitation was used, revoked, or is older than a week. Ask for a new one.")
    )
