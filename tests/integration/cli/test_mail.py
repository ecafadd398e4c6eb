"""`serai mail …`"""

import io
import sys
from types import SimpleNamespace

import pytest

from tests.factories import World
from tests.integration.cli.conftest import Serai
from tests.integration.modules.notifications.test_reports import returned


async def test_a_test_mail_is_queued_and_listed(serai: Serai) -> None:
    made = (await serai("mail", "test", "Mona@example.com", "--json")).json
    assert made["state"] == "queued"
    (listed,) = (await serai("mail", "list", "--state", "queued", "--json")).json
    assert (listed["id"], listed["to"], listed["kind"]) == (made["id"], "mona@example.com", "test")
    assert (await serai("mail", "test", "nobody", "--json")).error["code"] == "invalid"


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
