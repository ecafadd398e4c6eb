"""What is mailed about signing in. The one place that does."""

from types import MappingProxyType

from babel.lists import format_list as listed

from serai.kit import clock
from serai.kit.db import Session
from serai.kit.i18n import LazyText, _, format_datetime, get_locale, lazy, use_locale
from serai.kit.i18n.locales import babel_locale
from serai.kit.origin import origin
from serai.modules import identity, notifications

_SECURITY = "/console/settings/security"
_KINDS = MappingProxyType({
    "password": lazy("Password"),
    "app": lazy("Authenticator app"),
    "passkeys": lazy("Passkeys"),
    "linked_sign_ins": lazy("Linked sign-ins"),
    "recovery_codes": lazy("Recovery codes"),
    "api_keys": lazy("API keys"),
})


async def code(session: Session, issued: identity.IssuedCode) -> None:
    await notifications.mail(
        session, "sign_in_code", issued.email, language=get_locale(), code=issued.code, minutes=issued.minutes
    )


async def reset_link(session: Session, link: identity.password_reset.ResetLink) -> None:
    await notifications.mail(
        session, "password_reset", link.user.email, language=link.user.language, user_id=link.user.id,
        link=f"/signin/reset/new?token={link.token}", minutes=link.minutes,
    )  # fmt: skip


async def confirm_address(session: Session, change: identity.email_change.Change) -> None:
    await notifications.mail(
        session, "email_change", change.new, language=change.user.language, user_id=change.user.id,
        link=f"/email/confirm?token={change.token}", minutes=identity.email_change.CONFIRM_MINUTES,
        email=change.new,
    )  # fmt: skip


async def address_changed(session: Session, change: identity.email_change.Change) -> None:
    await notifications.mail(
        session, "email_changed_notice", change.old, language=change.user.language, user_id=change.user.id,
        link=f"/email/undo?token={change.token}", days=identity.email_change.UNDO_DAYS, email=change.new,
    )  # fmt: skip


def removed(undone: identity.email_change.Undone) -> str:
    """What an undone change has taken with it, in the present language; nothing if there was nothing."""
    if not undone.removed:
        return ""
    what = listed([str(_KINDS[each]) for each in undone.removed], locale=babel_locale())
    return _("Removed, for it was added after the change was asked for: %(what)s.", what=what)


async def address_back(session: Session, undone: identity.email_change.Undone) -> None:
    with use_locale(undone.user.language):
        what = " ".join(filter(None, (
            _("You sign in with %(email)s again, and everybody was signed out.", email=undone.email),
            removed(undone),
        )))  # fmt: skip
    await _notice(session, undone.user, lazy("Your address is yours again"), what)


async def new_device(session: Session, user: identity.User) -> None:
    await _notice(session, user, lazy("New sign-in to your account"),
                  lazy("Somebody signed in as you from a browser that you have not used before."))  # fmt: skip


async def password_changed(session: Session, user: identity.User) -> None:
    await _notice(session, user, lazy("Your password was changed"),
                  lazy("A new password was set for your account, and other sessions were ended."))  # fmt: skip


async def password_removed(session: Session, user: identity.User) -> None:
    await _notice(session, user, lazy("Your password was removed"),
                  lazy("You no longer sign in with a password."))  # fmt: skip


async def app_added(session: Session, user: identity.User) -> None:
    await _notice(session, user, lazy("Two-step sign-in is on"),
                  lazy("From now on your authenticator app is asked for when you sign in."))  # fmt: skip


async def app_removed(session: Session, user: identity.User) -> None:
    await _notice(session, user, lazy("The authenticator app was removed"),
                  lazy("It is no longer asked for when you sign in."))  # fmt: skip


async def passkey_added(session: Session, user: identity.User, name: str) -> None:
    await _notice(session, user, lazy("A passkey was added"),
                  lazy("The passkey “%(name)s” now signs in to your account.", name=name))  # fmt: skip


async def passkey_removed(session: Session, user: identity.User, name: str) -> None:
    await _notice(session, user, lazy("A passkey was removed"),
                  lazy("The passkey “%(name)s” no longer signs in to your account.", name=name))  # fmt: skip


async def recovery_code_used(session: Session, user: identity.User, left: int) -> None:
    await _notice(session, user, lazy("A recovery code was used"),
                  lazy("Somebody signed in as you with a recovery code. %(left)s are left.", left=left))  # fmt: skip


async def recovery_codes_made(session: Session, user: identity.User) -> None:
    await _notice(session, user, lazy("New recovery codes were made"),
                  lazy("The recovery codes of before no longer work."))  # fmt: skip


async def linked(session: Session, user: identity.User, provider: str) -> None:
    await _notice(session, user, lazy("%(provider)s was linked to your account", provider=provider),
                  lazy("You can now sign in with %(provider)s.", provider=provider))  # fmt: skip


async def unlinked(session: Session, user: identity.User, provider: str) -> None:
    await _notice(session, user, lazy("%(provider)s is no longer linked", provider=provider),
                  lazy("You can no longer sign in with %(provider)s.", provider=provider))  # fmt: skip


async def _notice(session: Session, user: identity.User, title: LazyText, what: LazyText | str) -> None:
    """In the person's own language, whatever the browser that did it speaks."""
    came = origin()
    with use_locale(user.language):
        where = _(
            "At %(at)s, with %(device)s, from %(ip)s.", at=format_datetime(clock.now()),
            device=identity.device_name(came.user_agent), ip=came.ip or "–",
        )  # fmt: skip
        advice = _("If that was not you, end all other sessions and change your password at once.")
        lines = [str(what), where, advice]
        await notifications.mail(
            session, "security_notice", user.email, language=user.language, user_id=user.id,
            title=str(title), lines=lines, link=_SECURITY,
        )  # fmt: skip
