"""What a provider says of a person, once it has been verified."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claims:
    """Issuer and subject say who it is. `email_verified`: by the provider, just now."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
