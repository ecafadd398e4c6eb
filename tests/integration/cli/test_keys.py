"""serai keys rotate"""

from serai.modules.identity import signing_keys
from tests.factories import World
from tests.integration.cli.conftest import Serai


async def test_rotate_publishes_a_key_that_signs_later_or_when_compromised_at_once(
    world: World, serai: Serai
) -> None:
    async with world.database.transaction() as session:
        await signing_keys.key_set(session, world.platform.vault)
    made = await serai("keys", "rotate", "--json")
    assert made.code == 0, made.err
    assert await world.scalar("SELECT count(*) FROM signing_keys WHERE signs_from > now()") == 1
    made = await serai("keys", "rotate", "--compromised", "--json")
    alone = "SELECT string_agg(id, ' ') FROM signing_keys WHERE published_until IS NULL"
    assert await world.scalar(alone) == made.json["id"]
    actor = await world.scalar("SELECT actor->>'name' FROM events WHERE type = 'identity.signing_key_made' "
                               "ORDER BY id DESC LIMIT 1")  # fmt: skip
    assert actor == "admin@serai.localhost"
