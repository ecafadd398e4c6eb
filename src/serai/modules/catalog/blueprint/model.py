"""A blueprint as Serai works with it: one frozen tree, complete in itself and storable as JSON.

Sizes are bytes, times seconds, prices `Money`. Files that a launch needs (templates, the
administrator's SQL) are carried by content, so that a stored blueprint outlives its directory.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import msgspec

from serai.kit.money import Money
from serai.modules.catalog.periods import Unit
from serai.modules.catalog.rating import Model, Tier

PasswordScheme = Literal[
    "argon2",
    "django_argon2",
    "django_pbkdf2_sha256",
    "pbkdf2_sha256",
    "pbkdf2_sha512",
    "scrypt",
    "werkzeug_scrypt",
]
Command = tuple[str, ...]


class Text(msgspec.Struct, frozen=True, kw_only=True):
    en: str
    ar: str


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A text rendered into the launch's home. `mode` is octal, e.g. 0o600."""

    target: str
    content: str
    mode: int = 0o600


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """A file or directory beside the blueprint that becomes part of the release."""

    source: str
    target: str


class Product(msgspec.Struct, frozen=True, kw_only=True):
    slug: str
    name: Text
    summary: Text
    description: Text
    category: str
    icon: str


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """`requirements` is a hashed lock file, `npm` a directory with package-lock.json, or None."""

    label: str
    requirements: str | None = None
    npm: str | None = None
    files: tuple[Copy, ...] = ()
    build: tuple[Command, ...] = ()


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """`timeout`: how long a start may take until `path` answers with `status`."""

    path: str
    status: int = 200
    timeout: float = 60


class Serve(msgspec.Struct, frozen=True, kw_only=True):
    """`open_path` is appended to the launch's address where people are sent to it."""

    command: Command
    health: Probe
    environment: Mapping[str, str] = msgspec.field(default_factory=dict)
    files: tuple[File, ...] = ()
    open_path: str = "/"
    stop_grace: float = 10


class Resources(msgspec.Struct, frozen=True, kw_only=True):
    memory: int
    cpu: float
    processes: int
    files: int
    disk: int


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """`initialise` fills the empty template database; `files` are rendered before it runs."""

    engine: Literal["postgresql", "none"] = "none"
    initialise: tuple[Command, ...] = ()
    environment: Mapping[str, str] = msgspec.field(default_factory=dict)
    files: tuple[File, ...] = ()


class Password(msgspec.Struct, frozen=True, kw_only=True):
    """How a password gets into the system: by `sql` (a script with `%(login)s` parameters) or by
    `command` (run in the release with `environment`). Exactly one of them is set."""

    scheme: PasswordScheme | None = None
    sql: str | None = None
    command: Command | None = None
    environment: Mapping[str, str] = msgspec.field(default_factory=dict)


class Administrator(msgspec.Struct, frozen=True, kw_only=True):
    login: str
    password: Password


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """How the system takes people over from Serai (OpenID Connect, “Open”): paths below its address.
    `roles`: what it calls Serai's roles, where it differs."""

    redirect_path: str
    open_path: str | None = None
    roles: Mapping[str, str] = msgspec.field(default_factory=dict)


class Hooks(msgspec.Struct, frozen=True, kw_only=True):
    after_clone: tuple[Command, ...] = ()
    before_start: tuple[Command, ...] = ()
    after_start: tuple[Command, ...] = ()
    before_stop: tuple[Command, ...] = ()


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """`count` × `unit` long; `prices` are what one whole period costs, one per currency."""

    key: str
    unit: Unit
    count: int
    prices: tuple[Money, ...]

    def price(self, currency: str) -> Money | None:
        return next((price for price in self.prices if price.currency == currency), None)


class Meter(msgspec.Struct, frozen=True, kw_only=True):
    """`field`: what of the usage events is counted by the aggregation unique."""

    key: str
    name: Text
    aggregation: Literal["sum", "max", "last", "unique", "average"]
    field: str | None = None


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """What the use of `meter` costs in one currency. Amounts are minor units."""

    meter: str
    model: Model
    currency: str
    included: Decimal
    tiers: tuple[Tier, ...]
    package_size: Decimal | None = None
    minimum: int = 0


class Content(msgspec.Struct, frozen=True):
    """So many of the package or add-on with that key."""

    package: str
    quantity: int = 1


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """`resources` are the blueprint's with this package's own put over them."""

    key: str
    name: Text
    summary: Text
    features: tuple[Text, ...]
    trial_days: int
    resources: Resources
    periods: tuple[Period, ...]
    description: Text | None = None
    trial_requires_method: bool = False
    limits: Mapping[str, int] = msgspec.field(default_factory=dict)
    stock: int | None = None
    charges: tuple[Charge, ...] = ()


class AddOn(msgspec.Struct, frozen=True, kw_only=True):
    """Sold on top of a package. `resources` and `limits`: what each one adds."""

    key: str
    name: Text
    summary: Text
    features: tuple[Text, ...]
    periods: tuple[Period, ...]
    description: Text | None = None
    resources: Mapping[str, float] = msgspec.field(default_factory=dict)
    limits: Mapping[str, int] = msgspec.field(default_factory=dict)
    stock: int | None = None
    charges: tuple[Charge, ...] = ()


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """One package with add-ons, at a price of its own."""

    key: str
    name: Text
    summary: Text
    features: tuple[Text, ...]
    contents: tuple[Content, ...]
    periods: tuple[Period, ...]
    description: Text | None = None
    stock: int | None = None


class Blueprint(msgspec.Struct, frozen=True, kw_only=True):
    """`directory` is where it was read from, `digest` (SHA-256, hex) stands for all that
    determines a release."""

    directory: str
    digest: str
    product: Product
    release: Release
    serve: Serve
    resources: Resources
    database: Database
    administrator: Administrator
    packages: tuple[Package, ...]
    addons: tuple[AddOn, ...] = ()
    bundles: tuple[Bundle, ...] = ()
    meters: tuple[Meter, ...] = ()
    isolation: Literal["silo"] = "silo"
    hooks: Hooks = Hooks()
    sign_in: SignIn | None = None

    @property
    def version(self) -> str:
        """The release this blueprint builds, such as `8.0.12-3f2a9c1d`."""
        return f"{self.release.label}-{self.digest[:8]}"

    def package(self, key: str) -> Package | None:
        return next((package for package in self.packages if package.key == key), None)
