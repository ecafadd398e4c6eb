"""Brings queued mails to the driver: claims, sends, records. One sender a worker."""

from serai.modules.notifications.delivery.sender import Sender

__all__ = ["Sender"]
