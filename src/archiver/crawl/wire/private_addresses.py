"""Which addresses a site's crawl may connect to: the public internet, and its own network where that is what was named.

A link on a page must not lead into the machine or network that the crawler runs in (server-side request forgery). The
address that was checked is the one that is connected to, so a name that changes its address between the two
(DNS rebinding) gains nothing.
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
# Not reachable from elsewhere by the registry of the IANA, whatever the version of Python knows of it: local NAT64
# (RFC 8215), site-local (RFC 3879), segment routing (RFC 9602), documentation (RFC 9637).
_NOT_GLOBAL = tuple(map(ipaddress.IPv6Network, ("64:ff9b:1::/48", "fec0::/10", "5f00::/16", "3fff::/20")))


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


class AddressGuard:
    """Judges the addresses of one site's hosts.

    Private ones are allowed to a site whose start page had one when it was first crawled (an intranet, this machine),
    and to one whose spider says `allow_private`: then to all hosts that `covers`. Never because another site of the
    same run may, and never to a host that was public before in this run.

    `seeds` are the hosts of its start pages; `is_private` is what the first crawl found, None before there was one.
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
        """Scrapy copies settings with all that they hold; what is learned of the hosts must reach the run."""
        return self

    @property
    def is_private(self) -> bool | None:
        """Whether the site is one of a private network; None as long as no start page's address is known."""
        if self._is_private is None and self._seeds & self._public:
            return False
        return self._is_private

    def refused(self, host: str) -> bool:
        """Whether the last look at a host ended with its refusal: Twisted passes on only that a lookup failed."""
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


# Whose site the running code asks for. Set around each request; read where its host's name is looked up, which happens
# synchronously inside the request.
current_guard: ContextVar[AddressGuard | None] = ContextVar("current_guard", default=None)


def is_public(address: str) -> bool:
    """Whether an address is reachable for all of the internet, also where IPv6 wraps an IPv4 address."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        if any(parsed in network for network in _NOT_GLOBAL):
            return False
        parsed = _embedded(parsed) or parsed
    return parsed.is_global and not parsed.is_multicast


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that this one leads to: mapped and compatible (RFC 4291 section 2.5.5), translated
    (RFC 2765), NAT64 (RFC 6052 section 2.1), 6to4 (RFC 3056), ISATAP (RFC 5214)."""
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    in_tunnel = int(address) >> 32 & 0xFFFFFFFF in _ISATAP
    is_compatible = address in _COMPATIBLE and int(address) > 1  # not :: and ::1
    wraps = address in _NAT64 or address in _TRANSLATED or in_tunnel or is_compatible
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if wraps else None
