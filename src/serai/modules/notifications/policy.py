"""Who may look at mails and change what becomes of them; what everybody may do with their own bell."""

from serai.kit.actor import Actor
from serai.kit.i18n import lazy
from serai.kit.permissions import define

READ_MAILS = define("mails", "read", lazy("See which mails were sent, and what became of them"), "account", "platform", roles=("!viewer", "staff:operations"))
MANAGE_MAILS = define("mails", "manage", lazy("Send mails again, and lift blocks of addresses"), "platform", roles=("staff:operations",))
MANAGE_BELL = define("notifications", "manage", lazy("Read messages, and choose what to hear of"), "own")


def may_read_own_mails(actor: Actor | None) -> bool:
    return actor is not None and READ_MAILS.allows(actor, account_id=actor.account_id)


def may_read_mails(actor: Actor | None) -> bool:
    """Those of all accounts."""
    return actor is not None and READ_MAILS.allows(actor)


def may_manage_mails(actor: Actor) -> bool:
    return MANAGE_MAILS.allows(actor)


def require_mails(actor: Actor) -> None:
    """Raises Denied for who may not see those of all accounts."""
    READ_MAILS.require(actor)
