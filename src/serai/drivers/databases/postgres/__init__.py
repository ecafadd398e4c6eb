"""PostgreSQL: the embedded server, and tenant databases on any server."""

from urllib.parse import urlsplit

from serai.drivers.databases.postgres.tenants import PostgresDatabases
from serai.kit.errors import Unavailable
from serai.kit.settings import Settings

__all__ = ["PostgresDatabases", "from_settings"]


def from_settings(settings: Settings) -> PostgresDatabases:
    """On `SERAI_TENANT_DATABASE_URL` (a role that may create databases and roles), else embedded."""
    url = settings.tenant_database_url or _embedded(settings)
    parts = urlsplit(url)
    return PostgresDatabases(url, parts.hostname or "127.0.0.1", parts.port or 5432)


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
