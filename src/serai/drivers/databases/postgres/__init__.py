"""PostgreSQL: the embedded server, and tenant databases on any server."""

from urllib.parse import urlsplit

from serai.drivers.databases.postgres.tenants import PostgresDatabases
from serai.kit.settings import Settings

__all__ = ["PostgresDatabases", "from_settings"]


def from_settings(settings: Settings) -> PostgresDatabases:
    """On `SERAI_TENANT_DATABASE_URL` (a role that may create databases and roles), else embedded."""
    url = settings.tenant_database_url or settings.secret_file("tenant_database_url").read_text().strip()
    parts = urlsplit(url)
    return PostgresDatabases(url, parts.hostname or "127.0.0.1", parts.port or 5432)
