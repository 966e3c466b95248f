"""Which addresses a crawl may connect to."""

import pytest
from twisted.internet.error import DNSLookupError

from archiver.crawl import addresses
from archiver.crawl.resolver import GuardedResolver


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f.1", "127.1", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]
)
def test_this_machine_is_refused_in_every_spelling(host):
    with pytest.raises(addresses.PrivateAddressError):
        addresses.check(host, addresses.literal_address(host), ())


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "192.168.0.1", "169.254.169.254", "172.16.0.1", "fe80::1%eth0", "224.0.0.1"]
)
def test_addresses_of_a_network_are_not_public(address):
    assert not addresses.is_public(address)


def test_public_addresses_pass_and_names_are_no_literals():
    addresses.check("example.com", "93.184.216.34", ())
    assert addresses.literal_address("example.com") is None
    assert addresses.literal_address("123news.example") is None


def test_a_seed_may_be_private_but_not_become_so():
    resolver = GuardedResolver.__new__(GuardedResolver)
    resolver.allowed_hosts = {"intranet.example", "rebinding.example"}
    assert resolver._checked("10.0.0.7", "intranet.example") == "10.0.0.7"
    assert resolver._checked("93.184.216.34", "rebinding.example") == "93.184.216.34"
    with pytest.raises(DNSLookupError):
        resolver._checked("10.0.0.7", "rebinding.example")
    assert "rebinding.example" in GuardedResolver.refused
    GuardedResolver.refused.clear()
