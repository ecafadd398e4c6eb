"""Who may read the trail."""

from serai.kit.i18n import lazy
from serai.kit.permissions import define

READ = define("audit", "read", lazy("Read the audit log"))
EXPORT = define("audit", "export", lazy("Export the audit log"))
