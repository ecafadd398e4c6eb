"""What can be set from outside. Everything has a default; nothing has to be set."""

import os
import tempfile
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[3]
_LONGEST_SOCKET_DIRECTORY = 80  # sun_path holds 104 bytes on macOS, 108 on Linux


class Settings(BaseSettings):
    """Read from `SERAI_*` in the environment; `DATABASE_URL` as everybody writes it."""

    model_config = SettingsConfigDict(env_prefix="SERAI_", extra="ignore", frozen=True)

    home: Path = ROOT / ".serai"
    port: int = Field(default=8080, ge=1, le=65535)
    domain: str = "localhost"
    scheme: Literal["http", "https"] = "http"
    environment: Literal["development", "production"] = "development"
    staff_second_step: bool | None = None
    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    owner_database_url: str | None = None
    tenant_database_url: str | None = None
    products: Path = ROOT / "products"
    operations_at_once: int = Field(default=8, ge=1, le=64)
    capacity: int = Field(default=500, ge=0)
    postgres_user: str | None = None
    runtime: str = "process"
    edge: str = "caddy"
    databases: str = "postgres"
    builder: str = "python"
    mail: str = "keep"
    mail_from: str | None = None
    smtp_url: str | None = None
    sendgrid_key: str | None = None
    sendgrid_webhook_key: str | None = None
    sendgrid_url: str = "https://api.sendgrid.com"
    mail_at_once: int = Field(default=8, ge=1, le=100)
    mail_per_second: float = Field(default=0, ge=0)
    mail_per_second_and_domain: float = Field(default=0, ge=0)
    mail_retry_seconds: float = Field(default=30, gt=0)
    mail_timeout_seconds: float = Field(default=30, gt=0)
    mail_lease_seconds: float = Field(default=120, gt=0)
    mail_days: int = Field(default=90, ge=1)
    allow_private_requests: bool | None = None

    @field_validator("mail_lease_seconds")
    @classmethod
    def _outlasts_an_attempt(cls, lease: float, info: ValidationInfo) -> float:
        timeout = info.data.get("mail_timeout_seconds", 0)
        if lease <= 2 * timeout:
            raise PydanticCustomError(
                "lease_too_short",
                "Must be more than twice SERAI_MAIL_TIMEOUT_SECONDS, above {least}: a mail is not begun "
                "when its lease could end before the server has answered.",
                {"least": 2 * timeout},
            )
        return lease

    @cached_property
    def state(self) -> Path:
        """The directory that holds everything, as other users of this machine can reach it."""
        return self.home.resolve()

    @cached_property
    def sockets(self) -> Path:
        """A directory short enough for unix sockets: `<home>/run`, or one under /tmp."""
        inside = self.state / "run"
        if len(str(inside)) <= _LONGEST_SOCKET_DIRECTORY:
            return inside
        digest = sha256(str(self.state).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"serai-{os.getuid()}-{digest}"

    @property
    def clock_file(self) -> Path:
        """How far the platform's clock is ahead, where one may play with time: in development."""
        return self.state / "clock"

    @property
    def public_url(self) -> str:
        return f"{self.scheme}://{self.domain}{self._port_suffix}"

    @property
    def is_secure(self) -> bool:
        """Whether cookies are for TLS only, with the `__Host-` prefix."""
        return self.scheme == "https"

    @property
    def staff_needs_second_step(self) -> bool:
        return self.environment == "production" if self.staff_second_step is None else self.staff_second_step

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches the portals."""
        return self.domain == "localhost" or self.domain.endswith(".localhost")

    @property
    def has_mailbox(self) -> bool:
        """Mails are shown to whoever opens the page only where nobody else can open it."""
        return self.environment == "development" and self.is_local

    @property
    def private_requests_allowed(self) -> bool:
        """Whether what users name may lie in private networks: by default only in development."""
        if self.allow_private_requests is None:
            return self.environment == "development"
        return self.allow_private_requests

    @property
    def holds_mail(self) -> bool:
        """Whether mails wait for a driver: in production nobody would read those that are kept here."""
        return self.mail == "keep" and self.environment == "production"

    @property
    def sender(self) -> str:
        """From whom mails are."""
        return self.mail_from or f"Serai <no-reply@{self.domain}>"

    @property
    def portal_origins(self) -> list[str]:
        """Where the portals' pages may have come from."""
        hosts = dict.fromkeys((self.domain, "localhost", "127.0.0.1", "[::1]"))
        return [f"{self.scheme}://{host}{self._port_suffix}" for host in hosts]

    @property
    def apps_domain(self) -> str:
        return f"apps.{self.domain}"

    def host_of(self, name: str) -> str:
        return f"{name}.{self.apps_domain}"

    def url_of(self, name: str) -> str:
        return f"{self.scheme}://{self.host_of(name)}{self._port_suffix}"

    @property
    def _port_suffix(self) -> str:
        usual = {"http": 80, "https": 443}[self.scheme]
        return "" if self.port == usual else f":{self.port}"

    def secret_file(self, name: str) -> Path:
        return self.state / "secrets" / name
