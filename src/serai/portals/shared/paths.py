"""Where people are sent after they have signed in."""

from urllib.parse import urlsplit

HOME = "/console/systems"


def local_path(wanted: str | None) -> str:
    """`wanted` when it is a path of this site, else the console: nobody is sent elsewhere."""
    if not wanted or not wanted.startswith("/") or not wanted.isprintable() or "\\" in wanted:
        return HOME
    parts = urlsplit(wanted)
    return HOME if parts.netloc or parts.scheme or wanted.startswith("//") else wanted
