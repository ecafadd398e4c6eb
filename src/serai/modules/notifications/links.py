"""Addresses in mails, filled in when a mail leaves: only the sender knows where the platform is.

A link of a template is `link("/console")`; the way out of a group of mails is `UNSUBSCRIBE`.
"""

import json
from dataclasses import dataclass

from serai.kit.errors import NotFound, Unavailable
from serai.kit.i18n import _
from serai.kit.secrets import Vault
from serai.kit.settings import Settings
from serai.modules.notifications.kinds import GROUPS, group_of
from serai.modules.notifications.models import Mail

PLATFORM = "https://platform.invalid"
UNSUBSCRIBE = "https://unsubscribe.invalid/"
_PURPOSE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class WayOut:
    """Who unsubscribes from what; `user_id` when the address belongs to one."""

    address: str
    group: str
    user_id: str | None


def link(path: str) -> str:
    """A path of ours as a placeholder; a whole address stays as it is."""
    return f"{PLATFORM}{path}" if path.startswith("/") else path


def seal(vault: Vault, way: WayOut) -> str:
    return vault.seal(json.dumps([_PURPOSE, way.address, way.group, way.user_id])).rstrip("=")


def unseal(vault: Vault, token: str) -> WayOut:
    """Raises NotFound for anything we have not sealed ourselves."""
    try:
        padded = token + "=" * (-len(token) % 4)
        purpose, address, group, user_id = json.loads(vault.open(padded))
    except (Unavailable, ValueError, UnicodeError) as error:
        raise _broken() from error
    if purpose != _PURPOSE or group not in GROUPS:
        raise _broken()
    return WayOut(address, group, user_id)


def unsubscribe_url(settings: Settings, vault: Vault, mail: Mail, group: str) -> str:
    return f"{settings.public_url}/unsubscribe/{seal(vault, WayOut(mail.recipient, group, mail.user_id))}"


def fill(text: str, settings: Settings, unsubscribe: str) -> str:
    """The text with the addresses that hold now."""
    return text.replace(UNSUBSCRIBE, unsubscribe).replace(PLATFORM, settings.public_url)


def _broken() -> NotFound:
    return NotFound(_("This link is broken. Use the one in the newest mail, or the settings of your account."))


def show(text: str, settings: Settings) -> str:
    """As it left, but with a way out that leads nowhere: it belongs to the recipient."""
    return fill(text, settings, "#")


def as_sent(mail: Mail, settings: Settings, vault: Vault) -> str:
    """The text as the recipient has it, for the development's mailbox."""
    return fill(mail.text, settings, unsubscribe_url(settings, vault, mail, group_of(mail.kind).name))
