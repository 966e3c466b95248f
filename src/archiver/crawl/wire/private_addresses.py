"""Which IP addresses a site's crawl may connect to: public ones, and private ones only for sites in a private network.

A link on a page must not lead into the machine or network that the crawler runs in (server-side request forgery). The
checked address is the one that is connected to, which prevents DNS rebinding.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection
from contextvars import ContextVar
from typing import Any, Self

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_TRANSLATED = ipaddress.IPv6Network("::ffff:0:0:0/96")
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)  # the third quarter of an address that a tunnel makes of an IPv4 one
# Not globally reachable according to the IANA registry, independent of the Python version: local NAT64 (RFC 8215),
# site-local (RFC 3879), segment routing (RFC 9602), documentation (RFC 9637).
_NOT_GLOBAL = tuple(map(ipaddress.IPv6Network, ("64:ff9b:1::/48", "fec0::/10", "5f00::/16", "3fff::/20")))


class PrivateAddressError(Exception):
    """A host has an address that a crawl must not reach."""


def is_localhost(host: str) -> bool:
    """Names that always mean this machine (RFC 6761 section 6.3), which not every resolver knows."""
    return host == "localhost" or host.endswith(".localhost")


def literal_address(host: str) -> str | None:
    """The IP address that a host denotes in any notation of the C library (127.1, 0x7f.1, 2130706433), or None."""
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


class AddressGuard:
    """Checks the addresses of one site's hosts.

    Private addresses are allowed for a site whose start page had one when it was first crawled (an intranet, this
    machine), and for one whose spider sets `allow_private`: then for all hosts that `covers`. Other sites of the same
    run have no influence, and a host that was public earlier in this run may not become private.

    `seeds` are the hosts of its start pages; `is_private` is the result of the first crawl, None before it.
    """

    def __init__(
        self,
        seeds: Collection[str],
        covers: Callable[[str], bool],
        *,
        allow_private: bool = False,
        is_private: bool | None = None,
    ) -> None:
        self._seeds = frozenset(seeds)
        self._covers = covers
        self._allow_private = allow_private
        self._is_private = is_private
        self._public: set[str] = set()
        self._refused: set[str] = set()

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        """Scrapy deep-copies settings, but what is learned about hosts must reach the run."""
        return self

    @property
    def is_private(self) -> bool | None:
        """Whether the site is in a private network; None while no start page's address is known."""
        if self._is_private is None and self._seeds & self._public:
            return False
        return self._is_private

    def refused(self, host: str) -> bool:
        """Whether the last lookup of a host was refused, because Twisted only passes on that it failed."""
        return host in self._refused

    def check(self, host: str, address: str) -> None:
        """Raises PrivateAddressError unless the address is public, or the site may reach private ones."""
        self._refused.discard(host)
        if is_public(address):
            self._public.add(host)
        elif not self._may_be_private(host):
            self._refused.add(host)
            raise PrivateAddressError(f"{host} is {address}, a private address")

    def _may_be_private(self, host: str) -> bool:
        if self._allow_private:
            return self._covers(host)
        if host in self._public:
            return False
        if self._is_private is None and host in self._seeds:
            self._is_private = True
        return self._is_private is True and (host in self._seeds or self._covers(host))


# The site whose request is running. Set around each request; read when its host name is looked up, which happens
# synchronously within the request.
current_guard: ContextVar[AddressGuard | None] = ContextVar("current_guard", default=None)


def is_public(address: str) -> bool:
    """Whether an address is globally reachable, also for IPv4 addresses embedded in IPv6."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        if any(parsed in network for network in _NOT_GLOBAL):
            return False
        parsed = _embedded(parsed) or parsed
    return parsed.is_global and not parsed.is_multicast


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address embedded in this one: mapped and compatible (RFC 4291 section 2.5.5), translated (RFC 2765),
    NAT64 (RFC 6052 section 2.1), 6to4 (RFC 3056), ISATAP (RFC 5214).
    """
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    in_tunnel = int(address) >> 32 & 0xFFFFFFFF in _ISATAP
    is_compatible = address in _COMPATIBLE and int(address) > 1  # not :: and ::1
    wraps = address in _NAT64 or address in _TRANSLATED or in_tunnel or is_compatible
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if wraps else None
