"""`serai mail …`"""

import io
import sys
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from serai.kit import clock
from serai.modules.notifications.models import Mail
from tests.factories import World
from tests.integration.cli.conftest import Serai
from tests.integration.modules.notifications.test_reports import returned


async def test_a_test_mail_is_queued_and_listed(serai: Serai) -> None:
    made = (await serai("mail", "test", "Mona@example.com", "--json")).json
    assert made["state"] == "queued"
    (listed,) = (await serai("mail", "list", "--state", "queued", "--json")).json
    assert (listed["id"], listed["to"], listed["kind"]) == (made["id"], "mona@example.com", "test")
    assert (await serai("mail", "test", "nobody", "--json")).error["code"] == "invalid"


async def test_all_that_failed_lately_are_sent_again_with_one_command(serai: Serai, world: World) -> None:
    ids = [(await serai("mail", "test", f"p{n}@example.com", "--json")).json["id"] for n in range(4)]
    async with world.database.transaction() as session:
        for mail_id, changes in zip(ids, ({}, {"created_at": clock.now() - timedelta(hours=30)}, {"text": ""}), strict=False):
            await session.execute(update(Mail).where(Mail.id == mail_id).values(state="failed", **changes))
    assert (await serai("mail", "retry", "--state", "failed", "--since", "24", "--json")).json == {"queued": 1}
    listed = {each["id"]: each["state"] for each in (await serai("mail", "list", "--json")).json}
    assert [listed[each] for each in ids] == ["queued", "failed", "failed", "queued"]
    assert await world.scalar("SELECT count(*) FROM audit_records WHERE action = 'notifications.mail_retried'") == 1
    for wrong in ((), (ids[0], "--state", "failed"), ("--state", "sent")):
        assert (await serai("mail", "retry", *wrong, "--json")).error["code"] == "invalid"


async def test_a_lease_that_would_let_nothing_be_sent_is_refused(
    serai: Serai, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERAI_MAIL_TIMEOUT_SECONDS", "60")
    error = (await serai("mail", "list", "--json")).error
    assert (error["code"], list(error["fields"])) == ("invalid", ["SERAI_MAIL_LEASE_SECONDS"])
    assert "twice SERAI_MAIL_TIMEOUT_SECONDS, above 120" in error["fields"]["SERAI_MAIL_LEASE_SECONDS"]
    monkeypatch.setenv("SERAI_MAIL_LEASE_SECONDS", "121")
    assert (await serai("mail", "list", "--json")).code == 0


async def test_a_returned_mail_is_piped_in_and_its_address_lifted_again(
    serai: Serai, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = (await serai("mail", "test", "gone@example.com", "--json")).json
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(returned(made["id"]))))
    (report,) = (await serai("mail", "bounce", "--json")).json
    assert report == {"to": "gone@example.com", "outcome": "bounced", "hard": True, "mail": made["id"]}
    assert (await serai("mail", "test", "gone@example.com", "--json")).json["state"] == "suppressed"
    assert (await serai("mail", "lift", "gone@example.com", "--json")).json["lifted"]
    assert (await serai("mail", "lift", "gone@example.com", "--json")).error["code"] == "not_found"
    assert (await serai("mail", "retry", made["id"], "--json")).json["state"] == "queued"
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"Subject: hello\r\n\r\n")))
    refused = await serai("mail", "bounce", "--json")
    assert (refused.code != 0, "RFC 3464" in refused.err) == (True, True)
