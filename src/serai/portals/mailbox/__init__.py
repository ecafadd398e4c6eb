"""The mails of this machine, in development."""
