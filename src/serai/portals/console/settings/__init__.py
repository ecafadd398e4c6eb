"""The settings: of the account, and of the person."""
