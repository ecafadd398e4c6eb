"""Ask for launches and change them; each change that takes time is an operation."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Session, as_platform
from serai.kit.errors import Denied, Invalid, Unavailable
from serai.kit.i18n import LANGUAGES, _
from serai.kit.permissions import Permission
from serai.kit.secrets import Vault, password
from serai.kit.settings import Settings
from serai.modules import catalog, fleet, identity, operations
from serai.modules.launches import names, policy, queries, sign_in
from serai.modules.launches.errors import (
    CredentialsGone,
    LaunchNotFound,
    NameTaken,
    WrongState,
)
from serai.modules.launches.models import Launch
from serai.modules.launches.ports import ProcessStatus, Runtime
from serai.modules.launches.rendering import Secrets


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for. `language`, `email`: the administrator's, in the new system."""

    product: str
    package: str | None
    name: str
    email: str
    period: str | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Credentials:
    url: str
    login: str
    password: str


async def create(
    session: Session, actor: Actor, settings: Settings, vault: Vault, order: Order
) -> tuple[Launch, operations.Operation]:
    """Reserve name and room and queue the launch, all or nothing.

    Raises InvalidName, NameTaken, Invalid, ProductNotFound, PackageNotFound, NoCapacity, Denied.
    """
    if actor.account_id is None:
        raise Denied(_("A system belongs to an account; sign in to one first."))
    policy.CREATE.require(actor, account_id=actor.account_id)
    await identity.accounts.hold_active(session, actor.account_id)
    name, email, language = names.clean(order.name), identity.clean_email(order.email), _language(order)
    product, package = await catalog.get_package(session, order.product, order.package)
    if product.release_id is None:
        raise Invalid(f"{product.slug} has no release to launch.")
    blueprint = catalog.blueprint_of(await catalog.get_release(session, product.release_id))
    own = Secrets(password(32), secrets.token_hex(32), secrets.token_urlsafe(32))
    launch = Launch(
        id=ids.new("lch"), account_id=actor.account_id, name=name, state="launching",
        product_id=product.id, product=product.slug, package_id=package.id, package=package.key,
        period=_period(package, order.period), release_id=product.release_id,
        host=settings.host_of(name),
        url=settings.url_of(name), login=blueprint.administrator.login, email=email,
        language=language, sealed_password=vault.seal(password()),
        sealed_secrets=own.sealed(vault), created_at=clock.now(),
    )  # fmt: skip
    await _add_once(session, launch)
    await fleet.reserve(session, launch.id, int(package.resources["memory"]))
    await sign_in.register(session, actor, launch, blueprint, own.sign_in)
    operation = await _enqueue(session, actor, launch, "launch")
    await events.publish(session, actor, "launches.requested", launch.id, launch.account_id, name=name)
    return launch, operation


async def check_name(session: Session, name: str) -> str:
    """The name as it would be used. Raises InvalidName or NameTaken."""
    name = names.clean(name)
    async with as_platform(session):  # addresses are everybody's
        in_use = await queries.name_in_use(session, name)
    if in_use:
        raise _taken(name)
    return name


async def find(session: Session, actor: Actor, reference: str) -> Launch:
    """By id or by name. Raises LaunchNotFound."""
    launch = await queries.find(session, actor, reference)
    if launch is None:
        raise LaunchNotFound(_("There is no system called %(name)s.", name=reference))
    policy.READ.require(actor, account_id=launch.account_id)
    return launch


async def page(
    session: Session,
    actor: Actor,
    *,
    state: str | None = None,
    search: str | None = None,
    include_gone: bool = False,
    before: str | None = None,
    limit: int = 50,
) -> Sequence[Launch]:
    """Newest first."""
    policy.READ.require(actor, account_id=actor.account_id)
    return await queries.page(
        session, actor, state=state, search=search, include_gone=include_gone, before=before,
        limit=limit,
    )  # fmt: skip


async def of_account(session: Session, actor: Actor, account_id: str) -> Sequence[Launch]:
    """All of one account's, also those that are gone."""
    policy.READ.require(actor, account_id=account_id)
    return await queries.of_account(session, account_id)


async def count_by_state(session: Session, actor: Actor) -> dict[str, int]:
    policy.READ.require(actor, account_id=actor.account_id)
    return await queries.count_by_state(session, actor)


async def by_host(session: Session, host: str) -> Launch | None:
    """For the page shown where no system answers; tells nothing but the state."""
    return await queries.by_host(session, host)


async def release_version(session: Session, launch: Launch) -> str:
    return (await catalog.get_release(session, launch.release_id)).version


async def process_status(runtime: Runtime, launch_id: str) -> ProcessStatus:
    """How the process is, asked of the runtime: call it outside of any transaction.

    An unreachable runtime is told as such, for a page must not fail over it.
    """
    try:
        return await runtime.status(launch_id)
    except Unavailable as error:
        return ProcessStatus(state="absent", log_tail=(error.message,))


async def stop(session: Session, actor: Actor, reference: str) -> operations.Operation:
    return await _change(session, actor, reference, "stop", {"running"}, "stopping", policy.OPERATE)


async def start(session: Session, actor: Actor, reference: str) -> operations.Operation:
    return await _change(session, actor, reference, "start", {"stopped"}, "starting", policy.OPERATE)


async def restart(session: Session, actor: Actor, reference: str) -> operations.Operation:
    return await _change(session, actor, reference, "restart", {"running"}, "restarting", policy.OPERATE)


async def terminate(session: Session, actor: Actor, reference: str) -> operations.Operation:
    """Also again, after a termination that failed half-way."""
    allowed = {"running", "stopped", "terminating"}
    return await _change(
        session, actor, reference, "terminate", allowed, "terminating", policy.TERMINATE
    )


async def reset_password(session: Session, actor: Actor, reference: str) -> operations.Operation:
    """Queue a new administrator password; it is handed over once the operation has succeeded."""
    return await _change(
        session, actor, reference, "reset_password", {"running", "stopped"}, None, policy.CREDENTIALS
    )


async def credentials(
    session: Session, actor: Actor, vault: Vault, reference: str, *, once: bool
) -> Credentials:
    """The administrator's login and password.

    `once` wipes the password after this reading. Raises CredentialsGone when that has happened.
    """
    launch = await find(session, actor, reference)
    policy.CREDENTIALS.require(actor, account_id=launch.account_id)
    if once and actor.kind == "staff" and actor.account_id != launch.account_id:
        raise Denied(_("The password is the customer's to see, once. Reset it if they have lost it."))
    if launch.state in {"launching", "failed", "cancelled", "terminated"}:
        raise WrongState(
            _(
                "%(name)s is %(state)s; there are no credentials to show.",
                name=launch.name,
                state=launch.state,
            )  # fmt: skip
        )
    locked = await session.get_one(Launch, launch.id, with_for_update=True, populate_existing=True)
    if locked.sealed_password is None:
        raise CredentialsGone(
            _(
                "The password was shown before and is not kept. Reset it to get a new one: "
                "“Reset password” on the system's page, or `serai launch reset-password %(name)s`.",
                name=launch.name,
            )
        )
    shown = Credentials(locked.url, locked.login, vault.open(locked.sealed_password))
    await events.publish(session, actor, "launches.credentials_read", launch.id, launch.account_id)
    if once:
        locked.sealed_password, locked.password_shown_at = None, clock.now()
    return shown


async def _change(
    session: Session,
    actor: Actor,
    reference: str,
    kind: str,
    allowed: set[str],
    becomes: str | None,
    permission: Permission,
) -> operations.Operation:
    launch = await find(session, actor, reference)
    permission.require(actor, account_id=launch.account_id)
    launch = await session.get_one(Launch, launch.id, with_for_update=True, populate_existing=True)
    if launch.state not in allowed:
        raise WrongState(
            _(
                "%(name)s is %(state)s now; this works while it is %(allowed)s.",
                name=launch.name,
                state=launch.state,
                allowed=" / ".join(sorted(allowed)),
            )  # fmt: skip
        )
    operation = await _enqueue(session, actor, launch, kind)
    before, launch.state = launch.state, becomes or launch.state
    await events.publish(
        session, actor, f"launches.{kind}_requested", launch.id, launch.account_id,
        before={"state": before}, after={"state": launch.state}, name=launch.name,
    )  # fmt: skip
    return operation


async def _enqueue(session: Session, actor: Actor, launch: Launch, kind: str) -> operations.Operation:
    return await operations.enqueue(
        session, actor, kind, subject=launch.id, subject_name=launch.name,
        account_id=launch.account_id, input={"from_state": launch.state},
    )  # fmt: skip


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


def _language(order: Order) -> str:
    if order.language not in LANGUAGES:
        message = f"Choose one of these languages: {', '.join(LANGUAGES)}."
        raise Invalid(message, fields={"language": message})
    return order.language


def _period(package: catalog.PackageView, key: str | None) -> str:
    if key is None and package.periods:
        return package.periods[0].key
    if key is None or package.period(key) is None:
        offered = ", ".join(period.key for period in package.periods) or "none"
        raise Invalid(
            f"{package.key} has no period {key!r}; it is offered as {offered}.",
            fields={"period": f"Choose one of {offered}."},
        )
    return key
