"""What a browser calls itself, in words a person recognises."""

import ua_parser

from serai.kit.i18n import _


def device_name(user_agent: str | None) -> str:
    """Such as "Chrome on Windows"."""
    found = ua_parser.parse(user_agent or "")
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    if browser and system:
        return _("%(browser)s on %(system)s", browser=browser, system=system)
    return browser or system or _("Unknown device")
