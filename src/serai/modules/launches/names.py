"""Which names a launch may have: one DNS label (RFC 1123), nothing misleading, nothing of ours."""

import re

from serai.kit.i18n import _
from serai.modules.launches.errors import InvalidName

SHORTEST, LONGEST = 3, 40

RESERVED = frozenset(
    [
        "account",
        "accounts",
        "admin",
        "administrator",
        "api",
        "app",
        "apps",
        "assets",
        "auth",
        "autoconfig",
        "autodiscover",
        "billing",
        "blog",
        "cdn",
        "console",
        "dashboard",
        "demo-admin",
        "dns",
        "docs",
        "edge",
        "email",
        "ftp",
        "git",
        "help",
        "hostmaster",
        "id",
        "imap",
        "internal",
        "invoice",
        "invoices",
        "localhost",
        "login",
        "mail",
        "mailer",
        "mx",
        "noc",
        "ns",
        "ns1",
        "ns2",
        "official",
        "partner",
        "partners",
        "pay",
        "payment",
        "payments",
        "pop",
        "pop3",
        "portal",
        "postmaster",
        "registry",
        "root",
        "sales",
        "secure",
        "security",
        "serai",
        "server",
        "signin",
        "signup",
        "sip",
        "smtp",
        "ssl",
        "staff",
        "static",
        "status",
        "store",
        "storefront",
        "support",
        "sysadmin",
        "system",
        "tls",
        "webmail",
        "webmaster",
        "wpad",
        "www",
    ]
)


def clean(name: str) -> str:
    """The name as it will be used. Raises InvalidName with the reason, in words to act on."""
    name = name.strip().lower()
    if problem := _problem(name):
        raise InvalidName(problem, fields={"name": problem})
    return name


def _problem(name: str) -> str | None:
    if not name:
        return _("Choose a name for the address, such as acme.")
    if len(name) < SHORTEST:
        return _("A name has at least %(count)s characters.", count=SHORTEST)
    if len(name) > LONGEST:
        return _("A name has at most %(count)s characters.", count=LONGEST)
    if not re.fullmatch(r"[a-z0-9-]+", name):
        return _("A name has letters a to z, digits and hyphens only: no spaces, dots or accents.")
    if name.startswith("-") or name.endswith("-"):
        return _("A name begins and ends with a letter or a digit.")
    if name[2:4] == "--":
        return _("A name may not have hyphens in both its third and fourth place (kept for IDNs).")
    if name.isdigit():
        return _("A name needs at least one letter.")
    if name in RESERVED:
        return _("%(name)s is reserved for the platform. Choose another name.", name=name)
    return None
