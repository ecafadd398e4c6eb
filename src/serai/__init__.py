"""Serai, the open SaaS operating system."""

__version__ = "0.1.0"
