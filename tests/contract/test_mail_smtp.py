"""What is SMTP's own: connections used again, sign-in, TLS, and what the codes mean."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from serai.contracts.mail import Refused, TryLater, Unreachable
from serai.drivers.mail.smtp import Smtp
from serai.drivers.mail.smtp.address import parse
from serai.drivers.mail.smtp.replies import meaning
from serai.kit.errors import Unavailable
from tests.contract.certificates import make_certificate
from tests.contract.mail_servers import Inbox, smtp_server
from tests.contract.test_mail import MAIL, to


@pytest.fixture
async def closing() -> AsyncIterator[list[Smtp]]:
    drivers: list[Smtp] = []
    yield drivers
    for each in drivers:
        await each.close()


async def test_a_connection_is_used_again(closing: list[Smtp]) -> None:
    inbox = Inbox()
    async with smtp_server(inbox) as url:
        closing.append(driver := Smtp(parse(f"{url}?tls=none"), "serai.test"))
        for _ in range(5):
            await driver.send(MAIL)
        assert inbox.connections == 1


async def test_a_connection_that_went_stale_is_replaced_without_a_word(closing: list[Smtp]) -> None:
    inbox = Inbox()
    async with smtp_server(inbox) as url:
        closing.append(driver := Smtp(parse(f"{url}?tls=none"), "serai.test"))
        await driver.send(MAIL)
        driver._idle[0][0]._smtp.transport.abort()  # as a server's idle limit or a firewall does
        await asyncio.sleep(0)
        await driver.send(MAIL)
        assert (inbox.accepted["mail_1"], inbox.connections) == (2, 2)


async def test_a_closing_server_is_left_and_the_next_mail_gets_a_new_connection(closing: list[Smtp]) -> None:
    inbox = Inbox(mood=lambda recipient: "closing" if recipient.startswith("bad") else "accept")
    async with smtp_server(inbox) as url:
        closing.append(driver := Smtp(parse(f"{url}?tls=none"), "serai.test"))
        with pytest.raises(TryLater):
            await driver.send(to("bad@example.com"))
        await driver.send(to("good@example.com"))
        assert inbox.connections == 2


async def test_a_sender_who_is_refused_is_no_mail_s_fault(closing: list[Smtp]) -> None:
    """As with an unpaid or blocked account: the same would be said to every mail of the queue."""
    inbox = Inbox(mood=lambda _address: "refuse_sender")
    async with smtp_server(inbox) as url:
        closing.append(driver := Smtp(parse(f"{url}?tls=none"), "serai.test"))
        for _ in range(2):
            with pytest.raises(Unreachable, match="Your account is suspended"):
                await driver.send(MAIL)
        inbox.mood = lambda _address: "accept"
        await driver.send(MAIL)
        assert len(inbox.mails) == 1


async def test_sign_in_works_and_a_wrong_password_is_no_mail_s_fault(closing: list[Smtp]) -> None:
    inbox = Inbox()
    async with smtp_server(inbox, password="p@ss word") as url:
        good = url.replace("p@ss word", "p%40ss%20word")
        closing += [Smtp(parse(f"{good}?tls=none"), "serai.test")]
        await closing[0].send(MAIL)
        closing += [Smtp(parse(f"{good.replace('p%40ss', 'wrong')}?tls=none"), "serai.test")]
        with pytest.raises(Unreachable, match="535"):
            await closing[1].send(MAIL)
        assert len(inbox.mails) == 1


async def test_certificates_are_verified(tmp_path: Path, closing: list[Smtp]) -> None:
    certificate, key = make_certificate(tmp_path, "localhost")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    inbox = Inbox()
    async with smtp_server(inbox, tls=context) as url:
        closing.append(trusting := Smtp(parse(f"{url}?tls=starttls&ca={certificate}"), "serai.test"))
        await trusting.send(MAIL)
        closing.append(stranger := Smtp(parse(f"{url}?tls=starttls"), "serai.test"))
        with pytest.raises(Unreachable, match="certificate"):
            await stranger.send(MAIL)
        assert len(inbox.mails) == 1


async def test_a_server_without_starttls_gets_no_mail(closing: list[Smtp]) -> None:
    inbox = Inbox()
    async with smtp_server(inbox) as url:
        closing.append(driver := Smtp(parse(url), "serai.test"))
        with pytest.raises(Unreachable):
            await driver.send(MAIL)
        assert inbox.mails == []


@pytest.mark.parametrize(
    ("code", "text", "kind", "bad"),
    [
        (450, "4.2.0 Greylisted", TryLater, None),
        (550, "5.1.1 The email account does not exist", Refused, True),
        (550, "No such user here", Refused, True),
        (550, "5.7.1 Message rejected as spam: user unknown to us", Refused, False),
        (552, "5.2.2 Mailbox full", Refused, False),
        (554, "Transaction failed", Refused, False),
    ],
)
def test_only_an_address_that_does_not_exist_is_bad(code: int, text: str, kind: type, bad: bool | None) -> None:
    found = meaning(code, text, of_recipient=True)
    assert isinstance(found, kind)
    assert bad is None or found.bad_address is bad
    later = meaning(code, text)
    assert not getattr(later, "bad_address", False)


def test_the_address_of_a_server_is_understood_or_refused_without_its_password() -> None:
    server = parse("smtp://me:se%3Acret@mail.example.com")
    assert (server.port, server.tls, server.user, server.password) == (587, "starttls", "me", "se:cret")
    assert parse("smtps://mail.example.com").port == 465
    assert parse("smtp://mail.example.com:465").tls == "tls"
    for wrong in (None, "mail.example.com", "smtp://me:secret@host:port", "smtp://h?tls=maybe", "smtp://h?x=1"):
        with pytest.raises(Unavailable, match="SERAI_SMTP_URL") as caught:
            parse(wrong)
        assert "secret" not in caught.value.message
