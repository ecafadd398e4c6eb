"""The admin's page of sign-in services: for those who may, with a fresh proof, secrets never shown."""

from tests.factories import World
from tests.integration.portals.conftest import SignedIn
from tests.integration.portals.signing_in import in_another_browser
from tests.providers import provider

HERE = "/admin/sign-in-providers"
FIELDS = {"key": "idp", "kind": "oidc", "name": "Our IdP", "client_id": "serai", "client_secret": "hush-hush"}


async def test_a_service_is_added_tried_switched_on_and_off(signed_in: SignedIn, world: World) -> None:
    staff = await signed_in(staff=True)
    async with provider() as idp:
        assert (await staff.send(HERE, **FIELDS, issuer=idp.issuer)).headers["location"] == HERE
        visitor = in_another_browser(staff)
        assert b"Our IdP" not in (await visitor.get("/signin")).body
        await staff.send(f"{HERE}/idp/try")
        assert f"{idp.issuer}/auth".encode() in (await staff.get(HERE)).body
        await staff.send(f"{HERE}/idp/on")
        assert b"Continue with Our IdP" in (await visitor.get("/signin")).body
        await staff.send(f"{HERE}/idp/off")
        assert b"Our IdP" not in (await visitor.get("/signin")).body


async def test_a_change_keeps_the_secret_and_never_shows_it(signed_in: SignedIn, world: World) -> None:
    staff = await signed_in(staff=True)
    await staff.send(HERE, **FIELDS, issuer="https://idp.example")
    sealed = await world.scalar("SELECT sealed_secret FROM identity_providers")
    assert b"hush-hush" not in (await staff.get(f"{HERE}/idp/edit")).body
    await staff.send(HERE, **{**FIELDS, "name": "New name", "client_secret": ""}, issuer="https://idp.example")
    assert await world.scalar("SELECT sealed_secret FROM identity_providers") == sealed
    assert await world.scalar("SELECT name FROM identity_providers") == "New name"


async def test_what_is_wrong_is_told_in_place(signed_in: SignedIn) -> None:
    staff = await signed_in(staff=True)
    for changes, fault in (
        ({"issuer": "https://login.microsoftonline.com/{tenant}/v2.0"}, b"issuer&#39;s address"),
        ({"issuer": "ftp://x"}, b"issuer&#39;s address"),
        ({"issuer": "https://idp.example", "key": "../x"}, b"two or more letters"),
        ({"issuer": "https://idp.example", "client_secret": ""}, b"Enter it."),
    ):
        answer = await staff.send(HERE, **{**FIELDS, **changes})
        assert (answer.status, fault in answer.body) == (422, True), answer.body


async def test_an_issuer_stays_for_good(signed_in: SignedIn) -> None:
    staff = await signed_in(staff=True)
    await staff.send(HERE, **FIELDS, issuer="https://idp.example")
    assert (await staff.send(HERE, **FIELDS, issuer="https://evil.example")).status == 409


async def test_only_those_who_may_see_and_change_it(signed_in: SignedIn, world: World) -> None:
    assert (await (await signed_in()).get(HERE)).status == 404
    reader = await signed_in(await world.account(staff=True, staff_role="read-only"))
    for answer in (await reader.get(HERE), await reader.send(HERE, **FIELDS, issuer="https://idp.example"),
                   await reader.send(f"{HERE}/idp/try"), await reader.get(f"{HERE}/new")):  # fmt: skip
        assert answer.status == 403


async def test_every_preset_opens_a_form(signed_in: SignedIn) -> None:
    staff = await signed_in(staff=True)
    for preset in ("google", "microsoft", "github", ""):
        assert (await staff.get(f"{HERE}/new?preset={preset}")).status == 200
