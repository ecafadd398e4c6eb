"""What people wish to hear of, and where. What concerns safety and money always comes."""

from collections.abc import Mapping, Sequence

from serai.kit import clock, events
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Session, as_platform
from serai.kit.errors import Invalid
from serai.kit.i18n import _
from serai.modules import identity
from serai.modules.notifications import bell_queries, policy, queries
from serai.modules.notifications.kinds import BELL, GROUPS, MAIL, Group, groups_in_use
from serai.modules.notifications.links import WayOut

Choices = Mapping[tuple[str, str], bool]
"""{(group, channel): wanted}"""


async def choices(session: Session, actor: Actor) -> Choices:
    """What holds for the actor, in every optional group and channel of it."""
    user_id = actor.user_id or ""
    chosen = await bell_queries.preferences(session, [user_id])
    return {
        (group.name, channel): _holds(chosen, user_id, group, channel)
        for group in groups_in_use()
        if group.optional
        for channel in group.channels
    }


async def choose(session: Session, actor: Actor, wanted: Choices) -> None:
    """For the actor's own. Raises Invalid for what cannot be chosen."""
    policy.MANAGE_BELL.require(actor, owner_id=actor.user_id)
    assert actor.user_id is not None
    before = await choices(session, actor)
    if strange := wanted.keys() - before.keys():
        raise Invalid(_("There is nothing to choose for %(group)s.", group=min(strange)[0]))
    changed = {key: value for key, value in wanted.items() if before[key] != value}
    for (group, channel), value in changed.items():
        await bell_queries.prefer(session, actor.user_id, group, channel, clock.now(), wanted=value)
        if channel == MAIL and value:
            await _forget_opt_out(session, actor.user_id, group)
    if changed:
        await events.publish(
            session, actor, "notifications.preferences_changed", actor.user_id,
            before=_named({key: before[key] for key in changed}), after=_named(changed),
        )  # fmt: skip


async def _forget_opt_out(session: Session, user_id: str, group: str) -> None:
    """What was once unsubscribed from by a link of a mail is wanted again."""
    user = await session.get(identity.User, user_id)
    if user is not None:
        async with as_platform(session):  # opt-outs go by address and belong to nobody
            await queries.opt_in(session, user.email, group)


def _named(choices: Choices) -> dict[str, bool]:
    return {f"{group}.{channel}": value for (group, channel), value in choices.items()}


async def wants_mail(session: Session, address: str, user_id: str | None, group: Group) -> bool:
    if not group.optional:
        return True
    if await queries.opted_out(session, address, group.name):
        return False
    if user_id is None:
        return group.default
    return _holds(await bell_queries.preferences(session, [user_id]), user_id, group, MAIL)


async def who_want_the_bell(session: Session, user_ids: Sequence[str], group: Group) -> list[str]:
    if not group.optional:
        return list(user_ids)
    chosen = await bell_queries.preferences(session, user_ids)
    return [each for each in user_ids if _holds(chosen, each, group, BELL)]


async def unsubscribe(session: Session, way: WayOut) -> None:
    """Whoever holds the link may: it was mailed to the address. May be repeated."""
    if not GROUPS[way.group].optional:
        return
    await queries.opt_out(session, way.address, way.group, clock.now())
    if way.user_id is not None:
        await bell_queries.prefer(session, way.user_id, way.group, MAIL, clock.now(), wanted=False)
    await events.publish(
        session, SYSTEM, "notifications.unsubscribed", way.user_id or way.address,
        address=way.address, group=way.group,
    )  # fmt: skip


async def subscribe_again(session: Session, way: WayOut) -> None:
    await queries.opt_in(session, way.address, way.group)
    if way.user_id is not None:
        await bell_queries.prefer(session, way.user_id, way.group, MAIL, clock.now(), wanted=True)
    await events.publish(
        session, SYSTEM, "notifications.subscribed_again", way.user_id or way.address,
        address=way.address, group=way.group,
    )  # fmt: skip


def _holds(
    chosen: Mapping[tuple[str, str, str], bool], user_id: str, group: Group, channel: str
) -> bool:
    found = chosen.get((user_id, group.name, channel))
    if found is not None:
        return found
    return group.default if channel == MAIL else True
