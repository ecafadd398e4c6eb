"""The mail as bytes: a text, where there is one the same as HTML, and files."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from serai.contracts.mail import OutgoingMail
from serai.kit import clock

_POLICY = SMTP.clone(cte_type="7bit")


def encode(message: OutgoingMail) -> bytes:
    """Without 8-bit bytes or long lines, so that every server on the way leaves it as it is."""
    mime = EmailMessage(policy=_POLICY)
    name, address = parseaddr(message.sender)
    mime["From"] = Address(name, addr_spec=address)
    mime["To"] = Address(addr_spec=message.recipient)
    mime["Subject"] = message.subject
    mime["Date"] = format_datetime(clock.now())
    mime["Message-ID"] = message.message_id
    for header, value in message.headers.items():
        mime[header] = value
    mime.set_content(message.text)
    if message.html is not None:
        mime.add_alternative(message.html, subtype="html")
    for each in message.attachments:
        main, _, sub = each.media_type.partition("/")
        mime.add_attachment(each.content, maintype=main, subtype=sub, filename=each.name)
    return mime.as_bytes()


def envelope_sender(message: OutgoingMail) -> str:
    return parseaddr(message.sender)[1]
