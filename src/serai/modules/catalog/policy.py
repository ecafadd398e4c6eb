"""Who may see and change what is sold."""

from serai.kit.i18n import lazy
from serai.kit.permissions import define

READ = define("catalog", "read", lazy("See prices of before, coupons and special prices"), "platform", roles=("staff:finance",))
MANAGE = define("catalog", "manage", lazy("Change the catalogue"), "platform", roles=("staff:operations",))
# Under billing's roof, so that the roles that may spend an account's money have it.
REDEEM = define("billing", "redeem", lazy("Use coupons"), roles=("billing", "staff:finance"))
