"""Of a deleted person no way in remains."""

from sqlalchemy import Table

from serai.kit import clock, ids
from serai.modules import identity
from serai.modules.identity import credential_queries, models, tickets
from serai.modules.identity.models import credentials
from tests.factories import World


def tables_of_people() -> set[str]:
    """Whatever module `credentials` keeps of a person."""
    found = set()
    for name in vars(credentials).values():
        table = getattr(name, "__table__", None)
        if isinstance(table, Table) and "user_id" in table.c:
            found.add(table.name)
    return found


async def count(world: World, user_id: str) -> dict[str, int]:
    query = "SELECT count(*) FROM {} WHERE user_id = :id"
    return {name: await world.scalar(query.format(name), id=user_id) for name in tables_of_people()}


async def give_everything(world: World, user_id: str) -> None:
    now = clock.now()
    async with world.database.transaction() as session:
        user = await session.get_one(identity.User, user_id)
        provider = models.IdentityProvider(
            id=ids.new("idp"), key=ids.new("k"), kind="oidc", name="", issuer="", client_id="",
            sealed_secret="", is_on=True, created_at=now,
        )  # fmt: skip
        session.add(provider)
        await session.flush()
        session.add_all([
            models.PasswordCredential(user_id=user_id, hash="", changed_at=now),
            models.TotpCredential(user_id=user_id, sealed_secret="", last_step=0, created_at=now),
            models.Passkey(id=ids.new("pky"), user_id=user_id, name="", credential_id=user_id.encode(),
                           public_key=b"", sign_count=0, backed_up=False, created_at=now),
            models.LinkedSignIn(id=ids.new("lnk"), user_id=user_id, provider_id=provider.id, issuer="",
                                subject=user_id, email="", created_at=now),
        ])  # fmt: skip
        await identity.recovery.generate(session, identity.people.themselves(user), user)
        await identity.devices.remember(session, "a browser", user_id)
        await tickets.issue(session, tickets.EMAIL_UNDO, user_id=user_id)


async def test_everything_a_person_signs_in_with_goes_and_nothing_of_others(world: World) -> None:
    gone, stays = (await world.account()).id, (await world.account()).id
    for user_id in (gone, stays):
        await give_everything(world, user_id)
    assert min((await count(world, gone)).values()) > 0
    before = await count(world, stays)
    async with world.database.transaction() as session:
        await credential_queries.delete_all_of(session, gone)
    assert set((await count(world, gone)).values()) == {0}
    assert await count(world, stays) == before
