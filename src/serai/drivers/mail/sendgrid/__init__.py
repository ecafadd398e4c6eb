"""Mails over SendGrid's public API, and what its Event Webhook tells of them. See the README."""

from serai.drivers.mail.sendgrid.driver import SendGrid, from_settings

__all__ = ["SendGrid", "from_settings"]
