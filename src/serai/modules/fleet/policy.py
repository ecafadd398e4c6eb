"""Who may see and change the servers."""

from serai.kit.i18n import lazy
from serai.kit.permissions import define

MANAGE = define("fleet", "manage", lazy("Register servers and change what they offer"), "platform", roles=("staff:operations",))
