"""Mails over SMTP (RFC 5321) to a submission server, on connections that are used again."""

from serai.drivers.mail.smtp.driver import Smtp, from_settings

__all__ = ["Smtp", "from_settings"]
