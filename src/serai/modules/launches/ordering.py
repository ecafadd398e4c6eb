"""Order systems: name and room first, then the subscription, then the launch."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.exc import IntegrityError

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Session, as_platform
from serai.kit.errors import Conflict, Denied, Invalid
from serai.kit.i18n import LANGUAGES, _, pick
from serai.kit.secrets import Vault, password
from serai.kit.settings import Settings
from serai.modules import billing, catalog, fleet, identity, operations
from serai.modules.launches import names, policy, queries, sign_in
from serai.modules.launches.errors import NameTaken
from serai.modules.launches.models import Launch
from serai.modules.launches.rendering import Secrets
from serai.modules.launches.service import enqueue

# Each holds a name, room and perhaps the last one in stock, which nobody else can have meanwhile.
MOST_UNPAID = 3


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for. `language`, `email`: the administrator's, in the new system. `codes`: coupons;
    `trial`: take the free time where there is some."""

    product: str
    package: str | None
    name: str
    email: str
    period: str | None = None
    language: str = "en"
    currency: str | None = None
    addons: Mapping[str, int] = field(default_factory=dict)
    codes: tuple[str, ...] = ()
    trial: bool = True


@dataclass(frozen=True, slots=True)
class Launched:
    """`operation`: the launch under way; None while the order waits for its payment, whose draft invoice
    is `to_pay`."""

    launch: Launch
    operation: operations.Operation | None
    to_pay: billing.invoices.Invoice | None


async def create(
    session: Session, actor: Actor, settings: Settings, vault: Vault, order: Order
) -> tuple[Launch, operations.Operation]:
    """As `order`, for what needs no payment first: a trial, something free, or paid from the wallet.

    Raises PaymentRequired for anything else; then nothing was ordered.
    """
    made = await place(session, actor, settings, vault, order)
    if made.operation is None:
        raise billing.PaymentRequired(
            _(
                "This has to be paid first. Order it in the storefront, or top your wallet up by what it costs (staff: `serai wallet adjust`)."
            )
        )
    return made.launch, made.operation


async def place(session: Session, actor: Actor, settings: Settings, vault: Vault, order: Order) -> Launched:
    """Reserve name and room, then subscribe, then queue the launch, all or nothing. What has to be paid
    first keeps its name and its room for a day.

    Raises InvalidName, NameTaken, Invalid, ProductNotFound, PackageNotFound, NoCapacity, Denied, and
    Conflict when too many orders of the account wait for their payment already.
    """
    if actor.account_id is None:
        raise Denied(_("A system belongs to an account; sign in to one first."))
    policy.CREATE.require(actor, account_id=actor.account_id)
    await identity.accounts.hold_active(session, actor.account_id)
    name, email, language = names.clean(order.name), identity.clean_email(order.email), _language(order)
    product, package = await catalog.get_package(session, order.product, order.package)
    if product.release_id is None:
        raise Invalid(_("%(product)s cannot be ordered just now: there is no release to launch.", product=pick(product.name)))
    period = _period(package, order.period)
    blueprint = catalog.blueprint_of(await catalog.get_release(session, product.release_id))
    resources = dict(_resources(product, package, order.addons))
    own = Secrets(password(32), secrets.token_hex(32), secrets.token_urlsafe(32))
    launch = Launch(
        id=ids.new("lch"), account_id=actor.account_id, name=name, state="launching",
        product_id=product.id, product=product.slug, package_id=package.id, package=package.key,
        period=period, release_id=product.release_id,
        host=settings.host_of(name),
        url=settings.url_of(name), login=blueprint.administrator.login, email=email,
        language=language, sealed_password=vault.seal(password()),
        sealed_secrets=own.sealed(vault), created_at=clock.now(),
    )  # fmt: skip
    if order.addons:
        launch.resources = resources
    await _add_once(session, launch)
    await fleet.reserve(session, launch.id, int(resources["memory"]))
    await sign_in.register(session, actor, launch, blueprint, own.sign_in)
    made = await _subscribe(session, actor, launch, order, (product, package))
    await events.publish(session, actor, "launches.requested", launch.id, launch.account_id, name=name)
    return made


async def _subscribe(
    session: Session, actor: Actor, launch: Launch, order: Order,
    found: tuple[catalog.ProductView, catalog.PackageView],
) -> Launched:  # fmt: skip
    choice = billing.subscriptions.Choice(
        order.product, launch.package, launch.period, order.currency, addons=order.addons
    )
    needs_method = found[1].trial_requires_method
    has_method = needs_method and await billing.payments.methods.has_any(session, launch.account_id)
    wanted = billing.subscriptions.Order(
        choice, codes=order.codes, trial=order.trial, launch_id=launch.id, label=launch.name,
        has_method=has_method, found=found,
    )  # fmt: skip
    ordered = await billing.subscriptions.order(session, actor, wanted)
    launch.subscription_id = ordered.state.id
    if ordered.begins:
        return Launched(launch, await enqueue(session, actor, launch, "launch"), None)
    if await queries.count_unpaid(session, launch.account_id) >= MOST_UNPAID:
        raise Conflict(
            _(
                "You have %(count)s orders that are not paid yet. Pay or cancel one of them first.",
                count=MOST_UNPAID,
            )
        )
    launch.state = "awaiting_payment"
    return Launched(launch, None, ordered.to_pay)


async def check_name(session: Session, name: str) -> str:
    """The name as it would be used. Raises InvalidName or NameTaken."""
    name = names.clean(name)
    async with as_platform(session):  # addresses are everybody's
        in_use = await queries.name_in_use(session, name)
    if in_use:
        raise _taken(name)
    return name


async def _add_once(session: Session, launch: Launch) -> None:
    """The unique index decides between two at once; the one that comes second waits for the first."""
    try:
        async with session.begin_nested():
            session.add(launch)
    except IntegrityError as error:
        raise _taken(launch.name) from error


def _taken(name: str) -> NameTaken:
    message = _("%(name)s is taken. Choose another name.", name=name)
    return NameTaken(message, fields={"name": message})


def _resources(
    product: catalog.ProductView, package: catalog.PackageView, addons: Mapping[str, int]
) -> Mapping[str, float]:
    known = {each.key: each for each in product.addons}
    wanted = [(known[key], quantity) for key, quantity in addons.items() if key in known and quantity > 0]
    return catalog.resources_with(package, wanted)[0]


def _language(order: Order) -> str:
    if order.language not in LANGUAGES:
        message = _("Choose one of these languages: %(offered)s.", offered=", ".join(LANGUAGES))
        raise Invalid(message, fields={"language": message})
    return order.language


def _period(package: catalog.PackageView, key: str | None) -> str:
    if key is None and package.periods:
        return package.periods[0].key
    if key is None or package.period(key) is None:
        offered = ", ".join(period.key for period in package.periods) or _("none")
        message = _("%(package)s is not sold for this period; choose one of %(offered)s.",
                    package=pick(package.name), offered=offered)  # fmt: skip
        raise Invalid(message, fields={"period": message})
    return key
