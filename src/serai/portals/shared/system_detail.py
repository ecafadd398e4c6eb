"""Everything one system's page shows, but for its process."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules import catalog, launches, operations
from serai.portals.shared.access import Portal
from serai.portals.shared.progress import progress_of
from serai.portals.shared.rows import Names, OperationRow, operation_row
from serai.portals.shared.system_money import SystemMoney, money_of

_NEWEST = 8


@dataclass(frozen=True, slots=True)
class SystemDetail:
    """`live` is the progress of the operation under way, if there is one. `actions`: what
    may be asked for just now. `signs_in`: “Open” lets people in without a password."""

    launch: launches.Launch
    product: str
    package: str
    release: str
    open_url: str
    signs_in: bool
    live: dict[str, Any] | None
    history: Sequence[OperationRow]
    actions: frozenset[str]
    money: SystemMoney | None = None


async def read_system(session: Session, actor: Actor, portal: Portal, reference: str) -> SystemDetail:
    launch = await launches.find(session, actor, reference)
    release = await catalog.get_release(session, launch.release_id)
    blueprint = catalog.blueprint_of(release)
    names = await Names.read(session)
    history = await operations.page(session, actor, subject=launch.id, limit=_NEWEST)
    under_way = history[0] if history and not history[0].is_final else None
    live = None
    if under_way is not None:
        snapshot = await operations.snapshot(session, actor, under_way.id)
        live = progress_of(snapshot, redirect=f"{portal.base}/systems/{launch.id}")
    return SystemDetail(
        launch=launch, product=names.product(launch.product),
        package=names.package(launch.product, launch.package), release=release.version,
        open_url=urljoin(launch.url, blueprint.serve.open_path),
        signs_in=blueprint.sign_in is not None and blueprint.sign_in.open_path is not None, live=live,
        history=[operation_row(each) for each in history],
        actions=await launches.allowed_actions(session, actor, launch),
        money=await money_of(session, actor, launch),
    )  # fmt: skip
