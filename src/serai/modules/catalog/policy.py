"""Who may change what is sold."""

from serai.kit.i18n import lazy
from serai.kit.permissions import define

MANAGE = define("catalog", "manage", lazy("Change the catalogue"), "platform")
