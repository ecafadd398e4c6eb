"""`SERAI_SMTP_URL`, taken apart: smtp://user:password@host:port?tls=starttls|tls|none&ca=FILE."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from serai.kit.errors import Unavailable

Tls = Literal["starttls", "tls", "none"]
_PORTS: dict[Tls, int] = {"starttls": 587, "tls": 465, "none": 25}
_EXAMPLE = "smtp://user:password@smtp.example.com:587?tls=starttls"


@dataclass(frozen=True, slots=True)
class Server:
    """`ca`: a file of certificates to trust instead of the system's."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: Tls
    ca: str | None


def parse(url: str | None) -> Server:
    """Raises Unavailable for one that cannot be used; its message holds no password."""
    if not url:
        raise Unavailable(f"SERAI_MAIL is smtp, but SERAI_SMTP_URL is not set. It looks like {_EXAMPLE}")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _wrong("its port is no number") from None
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise _wrong("it does not begin with smtp:// and a host")
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if unknown := query.keys() - {"tls", "ca"}:
        raise _wrong(f"it has unknown parts: {', '.join(sorted(unknown))}")
    implicit = parts.scheme == "smtps" or port == 465
    wanted = query.get("tls", "tls" if implicit else "starttls")
    if wanted not in _PORTS:
        raise _wrong("tls is starttls, tls or none")
    tls: Tls = wanted
    return Server(
        host=parts.hostname, port=port or _PORTS[tls], tls=tls, ca=query.get("ca"),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )  # fmt: skip


def _wrong(why: str) -> Unavailable:
    return Unavailable(f"SERAI_SMTP_URL cannot be used: {why}. It looks like {_EXAMPLE}")
