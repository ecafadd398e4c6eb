"""Who may do what with systems."""

from serai.kit.i18n import lazy
from serai.kit.permissions import define

READ = define("launches", "read", lazy("See systems"))
CREATE = define("launches", "create", lazy("Launch new systems"))
OPERATE = define("launches", "operate", lazy("Stop, start and restart systems"))
CREDENTIALS = define("launches", "credentials", lazy("Get and reset a system's administrator password"))
OPEN = define("launches", "open", lazy("Sign in to systems"), "account")
TERMINATE = define("launches", "terminate", lazy("Remove systems with all their data"))
BUILD = define("releases", "build", lazy("Build releases"), "platform")
