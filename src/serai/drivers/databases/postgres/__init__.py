"""PostgreSQL: the embedded server, and tenant databases on any server."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from serai.drivers.databases.postgres.tenants import PostgresDatabases
from serai.kit.errors import Unavailable
from serai.kit.settings import Settings

__all__ = ["PostgresDatabases", "from_settings"]


def from_settings(settings: Settings, own: Mapping[str, str]) -> PostgresDatabases:
    """`own`: `url_file`, a file with the address of a role that may create databases and roles; else on
    `SERAI_TENANT_DATABASE_URL`, else embedded."""
    url = _written(own["url_file"]) if "url_file" in own else settings.tenant_database_url or _embedded(settings)
    parts = urlsplit(url)
    return PostgresDatabases(url, parts.hostname or "127.0.0.1", parts.port or 5432)


def _written(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise Unavailable(f"The address of a server's databases cannot be read: {error}") from error


def _embedded(settings: Settings) -> str:
    file = settings.secret_file("tenant_database_url")
    if settings.database_url and not file.exists():
        raise Unavailable(
            "DATABASE_URL is set and SERAI_TENANT_DATABASE_URL is not. Set it to an administrator's "
            "address on the server that shall hold the systems' databases (it may be the same server)."
        )
    if not file.exists():
        raise Unavailable(f"There is no platform in {settings.home} yet. Start it with `make up`.")
    return file.read_text().strip()
