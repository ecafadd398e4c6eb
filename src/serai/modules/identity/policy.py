"""What can be allowed around people, accounts and keys. Everybody may manage themselves (own)."""

from serai.kit.i18n import lazy
from serai.kit.permissions import define

PROFILE_MANAGE = define("profile", "manage", lazy("Change one's own profile and ways to sign in"), "own")
ACCOUNT_READ = define("account", "read", lazy("See the account"))
ACCOUNT_UPDATE = define("account", "update", lazy("Rename the account"), roles=("!visit",))
ACCOUNT_SECURE = define("account", "secure", lazy("Ask a second step of every member"), "account", roles=("!visit",))
ACCOUNT_CLOSE = define("account", "close", lazy("Deactivate, reactivate and delete the account"), roles=("!visit",))
ACCOUNT_TRANSFER = define("account", "transfer", lazy("Make another member owner"), "account", roles=("!visit",))
TEAM_READ = define("team", "read", lazy("See the team"))
TEAM_MANAGE = define("team", "manage", lazy("Invite, change and remove members"), roles=("!visit",))
TEAM_PROVISION = define("team", "provision", lazy("Keep the team in step with a directory (SCIM)"), "account", roles=("!visit",))
ROLES_READ = define("roles", "read", lazy("See roles and what they allow"))
ROLES_MANAGE = define("roles", "manage", lazy("Make, change and delete roles"), "account", roles=("!visit",))
KEYS_READ = define("keys", "read", lazy("See API keys"))
KEYS_MANAGE = define("keys", "manage", lazy("Make, rotate and revoke API keys"), roles=("!visit",))
SUPPORT_CONSENT = define("support", "consent", lazy("Let support into the account"), "account", roles=("!visit",))
SUPPORT_ENTER = define("support", "enter", lazy("Enter a customer's account for support"), "platform", roles=("!visit",))
SIGN_IN_MANAGE = define("sign_in", "manage", lazy("Choose the services people may sign in with"), "platform")
STAFF_READ = define("staff", "read", lazy("See the staff"), "platform")
STAFF_MANAGE = define("staff", "manage", lazy("Appoint staff and change their roles"), "platform")
PLATFORM_READ = define("platform", "read", lazy("See the platform's state"), "platform")
