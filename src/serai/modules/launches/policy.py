"""Who may do what with systems."""

from serai.kit.i18n import lazy
from serai.kit.permissions import define

READ = define("launches", "read", lazy("See systems"), roles=("billing", "developer", "support", "staff:finance"))
CREATE = define("launches", "create", lazy("Launch new systems"), roles=("developer", "staff:operations"))
OPERATE = define("launches", "operate", lazy("Stop, start and restart systems"), roles=("developer", "support", "staff:operations", "staff:support"))
CREDENTIALS = define("launches", "credentials", lazy("Get and reset a system's administrator password"), roles=("developer", "!visit"))
OPEN = define("launches", "open", lazy("Sign in to systems"), "account", roles=("developer", "support", "!visit"))
TERMINATE = define("launches", "terminate", lazy("Remove systems with all their data"), roles=("developer", "staff:operations"))
BUILD = define("releases", "build", lazy("Build releases"), "platform", roles=("staff:operations",))
