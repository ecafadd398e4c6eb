"""Which addresses are asked at all."""

import pytest

from serai.kit import outgoing
from serai.kit.settings import Settings


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111"])
def test_public_addresses_are_asked(address: str) -> None:
    assert outgoing.is_public(address)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
     "100.64.0.1", "100.100.100.200", "192.0.0.192", "168.63.129.16", "224.0.0.1", "239.1.1.1",
     "255.255.255.255", "198.18.0.1", "203.0.113.9", "::", "::1", "::7f00:1", "::ffff:127.0.0.1",
     "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "fe80::1", "fe80::1%2", "fc00::1", "fd00:ec2::254", "ff02::1",
     "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001:db8::1", "2001::1"],
)  # fmt: skip
def test_what_is_not_public_is_refused_however_it_is_written(address: str) -> None:
    assert not outgoing.is_public(address)


@pytest.mark.parametrize(
    ("environment", "asked", "allowed"),
    [("development", None, True), ("production", None, False),
     ("development", False, False), ("production", True, True)],
)  # fmt: skip
def test_private_addresses_are_allowed_in_development_only_unless_said_otherwise(
    environment, asked: bool | None, allowed: bool
) -> None:
    settings = Settings(environment=environment, allow_private_requests=asked)
    assert settings.private_requests_allowed is allowed
