"""Scrapy's resolver with a check of the resolved addresses."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from scrapy.resolver import CachingThreadedResolver
from twisted.internet import defer
from twisted.internet.error import DNSLookupError
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure

from archiver.crawl.wire import private_addresses

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


_STRICT = private_addresses.AddressGuard((), lambda _host: False)


class GuardedResolver(CachingThreadedResolver):
    """Refuses host names with private addresses, with the guard of the requesting site (`current_guard`). The setting
    ARCHIVER_PROXY_HOSTS names proxies, which may have private addresses. There is one resolver per process, because the
    reactor has only one.
    """

    proxy_hosts: frozenset[str] = frozenset()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        made = super().from_crawler(crawler, reactor)
        made.proxy_hosts = frozenset(crawler.settings.get("ARCHIVER_PROXY_HOSTS", ()))
        return made

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> defer.Deferred[str]:  # noqa: N802
        if private_addresses.is_localhost(name):
            found = defer.succeed("127.0.0.1")
        else:
            found = super().getHostByName(name, timeout).addErrback(self._by_ipv6, name)
        return found.addCallback(self._checked, name, private_addresses.current_guard.get() or _STRICT)

    def _by_ipv6(self, failure: Failure, name: str) -> defer.Deferred[str]:
        """The address of a host without IPv4, because Scrapy's resolver only looks up IPv4."""
        if not isinstance(failure.value, DNSLookupError):
            return defer.fail(failure)
        reactor: Any = self.reactor
        found = deferToThreadPool(reactor, reactor.getThreadPool(), _ipv6_address, name)
        return found.addTimeout(self.timeout, reactor, lambda _result, _seconds: failure)

    def _checked(self, address: str, name: str, guard: private_addresses.AddressGuard) -> str:
        if name in self.proxy_hosts:
            return address
        try:
            guard.check(name, address)
        except private_addresses.PrivateAddressError as error:
            raise DNSLookupError(str(error)) from error
        return address


def _ipv6_address(name: str) -> str:
    try:
        return str(socket.getaddrinfo(name, None, socket.AF_INET6, socket.SOCK_STREAM)[0][4][0])
    except OSError as error:
        raise DNSLookupError(str(error)) from error
