"""Who may follow and steer operations."""

from serai.kit.i18n import lazy
from serai.kit.permissions import define

READ = define("operations", "read", lazy("Follow operations"), roles=("billing", "developer", "support", "staff:finance"))
MANAGE = define("operations", "manage", lazy("Cancel and retry operations"), roles=("developer", "support", "staff:operations", "staff:support"))
