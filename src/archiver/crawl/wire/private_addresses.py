"""Which addresses a crawl may connect to: the public internet, and what the user named as a seed.

A link on a page must not lead into the machine or network that the crawler runs in (server-side request forgery). The
address that was checked is the one that is connected to, so a name that changes its address between the two
(DNS rebinding) gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection

from archiver.urls import registered_domain


class PrivateAddressError(Exception):
    """A host stands for an address that a crawl must not reach."""


def is_localhost(host: str) -> bool:
    """Names that always mean this machine (RFC 6761 section 6.3). Not every resolver knows it."""
    return host == "localhost" or host.endswith(".localhost")


def literal_address(host: str) -> str | None:
    """The address that a host spells, in any spelling the C library takes (127.1, 0x7f.1, 2130706433); else None."""
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        pass
    if not host or not all(part[:1].isdigit() for part in host.split(".")):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None


def check(host: str, address: str, allowed_hosts: Collection[str]) -> None:
    """Raises PrivateAddressError unless the address is public or the host was allowed by name.

    Naming one host of a site on this machine (`www.paper.localhost`) allows the site's others.
    """
    if host in allowed_hosts or (is_localhost(host) and any(_are_one_site(host, name) for name in allowed_hosts)):
        return
    if not is_public(address):
        raise PrivateAddressError(f"{host} is {address}, an address inside this network")


def _are_one_site(host: str, allowed: str) -> bool:
    return is_localhost(allowed) and registered_domain(host) == registered_domain(allowed) != "localhost"


def is_public(address: str) -> bool:
    """Whether an address is reachable for all of the internet, also where IPv6 wraps an IPv4 address."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return parsed.is_global and not parsed.is_multicast
