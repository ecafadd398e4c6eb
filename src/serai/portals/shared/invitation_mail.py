"""The mail that an invitation goes out with."""

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.i18n import get_locale
from serai.kit.settings import Settings
from serai.modules import identity, notifications


async def send(
    session: Session, settings: Settings, actor: Actor, issued: identity.IssuedInvitation
) -> None:
    await notifications.mail(
        session, "invitation", issued.invitation.email, language=get_locale(),
        account_id=issued.account.id, account=issued.account.name, inviter=actor.name,
        link=f"{settings.public_url}/invitations/{issued.token}", days=identity.invitations.DAYS,
    )  # fmt: skip
