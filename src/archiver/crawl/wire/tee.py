"""The tee between TLS and HTTP: copies the exact bytes of every connection in both directions.

Scrapy's `Response` no longer has the status line, the order and case of fields and the codings. So Twisted's endpoints
are wrapped: `TeeProtocol` is between the (decrypted) transport and the HTTP client's protocol, copies all bytes, and
splits them into exchanges at the boundaries of the messages.

Nothing in here may raise: an exception in `connectionLost` would swallow the loss and hang the request. Names in camel
case are Twisted's.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterable
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import connectionDone
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from twisted.web.client import HTTPConnectionPool
from zope.interface import implementer

from archiver.crawl.wire.tls import session_of
from archiver.http1 import ResponseFramer
from archiver.model import Exchange, TlsSession, Truncation
from archiver.urls import host_of

logger = logging.getLogger(__name__)

SPOOL_ABOVE = 4 * 2**20  # bytes of a response kept in memory; more goes to a temporary file


@dataclass(slots=True)
class Fetch:
    """One request that Scrapy gave to the handler. The tee passes it each exchange on the wire."""

    url: str
    method: str
    proxied: bool
    record: Callable[[Exchange], None]
    on_sent: Callable[[], object] = lambda: None  # called when the request goes out on the wire
    open_exchanges: list[_OpenExchange] = field(default_factory=list)

    def end(self, truncated: Truncation | None) -> None:
        """The request has ended, with any outcome: an open exchange is cut here."""
        for exchange in list(self.open_exchanges):
            exchange.close(truncated)


# The fetch that is running. Set around each request; read when the client gets a connection from the pool and when it
# writes to a pooled one, both of which happen synchronously within the request.
current_fetch: ContextVar[Fetch | None] = ContextVar("current_fetch", default=None)


class _OpenExchange:
    """Collects the bytes of one exchange."""

    def __init__(self, fetch: Fetch, ip: str | None) -> None:
        self._fetch = fetch
        self._ip = None if fetch.proxied else ip
        self._started = datetime.now(UTC)
        self._request: list[bytes] = []
        self._response: BinaryIO = cast("BinaryIO", tempfile.SpooledTemporaryFile(max_size=SPOOL_ABOVE))  # noqa: SIM115 - it travels
        self.framer = ResponseFramer(fetch.method)
        self.tls: TlsSession | None = None
        self.closed = False
        self.answered = False
        self.excess = False  # bytes came after the end of the response
        fetch.open_exchanges.append(self)

    @property
    def url(self) -> str:
        return self._fetch.url

    def sent(self, data: bytes) -> None:
        self._request.append(data)

    def received(self, data: bytes) -> None:
        """Keep the bytes of this message; bytes after its end are dropped."""
        self.answered = True
        own = self.framer.feed(data)
        self.excess = own < len(data)
        self._response.write(data[:own])

    def close(self, truncated: Truncation | None) -> None:
        """Pass the exchange on. Without a single byte of a response there is no exchange; the crawl's log has the
        failure.
        """
        if self.closed:
            return
        self.closed = True
        self._fetch.open_exchanges.remove(self)
        size = self._response.seek(0, 2)
        self._response.seek(0)
        start = min(self.framer.interim_size, size)
        if size - start == 0:
            self._response.close()
            return
        interim = self._response.read(start)
        if truncated == "disconnect" and self.framer.problem:
            truncated = "unspecified"  # an unreadable message doesn't become complete with a longer connection
        exchange = Exchange(
            url=self._fetch.url,
            started=self._started,
            request=b"".join(self._request),
            response=_without_start(self._response, start),
            response_size=size - start,
            interim=interim,
            ip=self._ip,
            truncated=None if self.framer.done else truncated,
            tls=self.tls,
        )
        self._fetch.record(exchange)


def _without_start(stream: BinaryIO, start: int) -> BinaryIO:
    """The stream from `start` on, as a separate stream if there was an interim response, which is rare."""
    if start == 0:
        stream.seek(0)
        return stream
    rest = cast("BinaryIO", tempfile.SpooledTemporaryFile(max_size=SPOOL_ABOVE))  # noqa: SIM115 - it travels
    stream.seek(start)
    while piece := stream.read(1 << 20):
        rest.write(piece)
    stream.close()
    rest.seek(0)
    return rest


class TeeProtocol(ProtocolWrapper):
    """One connection. Starts an exchange with the first write after a response, and ends it with the response."""

    wrappedProtocol: Any  # noqa: N815 - Twisted's name

    def __init__(self, factory: Any, wrapped: Any) -> None:
        super().__init__(factory, wrapped)
        self._opened_for: Fetch | None = factory.fetch
        self._exchange: _OpenExchange | None = None
        self._tls: TlsSession | None = None
        self._looked_below = False
        self._aborted = False

    # ------------------------------------------------------------------ out

    def write(self, data: bytes) -> None:
        self._sent(data)
        super().write(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:  # noqa: N802
        pieces = list(data)
        self._sent(b"".join(pieces))
        super().writeSequence(pieces)

    def _sent(self, data: bytes) -> None:
        exchange = self._exchange
        if exchange is None or exchange.closed or exchange.answered:
            if exchange is not None:
                exchange.close("unspecified")
            # The first request on a new connection is the one for which it was opened, whichever fetch is running.
            fetch, self._opened_for = self._opened_for or current_fetch.get(), None
            if fetch is None:
                return
            exchange = self._exchange = _OpenExchange(fetch, self._peer())
            fetch.on_sent()
        exchange.sent(data)

    def _peer(self) -> str | None:
        return getattr(self.getPeer(), "host", None)

    def abortConnection(self) -> None:  # noqa: N802
        """The client gives up (timeout, size limit): the reason comes from the end of the fetch, not from the
        connection.
        """
        self._aborted = True
        cast("Any", self.transport).abortConnection()

    # ------------------------------------------------------------------ in

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        exchange = self._exchange
        if exchange is None or exchange.closed:
            # Bytes after the end of a response, or unrequested: they must not start the next exchange on this
            # connection.
            self.abortConnection()
            return
        exchange.tls = self._session(exchange)
        self._keep(exchange, data)
        super().dataReceived(data)
        if not exchange.closed and self.wrappedProtocol.state == "QUIESCENT":
            # The client considers the response complete, but our framing doesn't: separate the exchanges.
            exchange.close("unspecified")
            self.abortConnection()

    def _session(self, exchange: _OpenExchange) -> TlsSession | None:
        """The TLS session, determined once per connection: when the first bytes come, the handshake is complete."""
        if not self._looked_below and exchange.url.startswith("https:"):
            self._looked_below = True
            self._tls = session_of(self.transport, host_of(exchange.url))
        return self._tls

    def _keep(self, exchange: _OpenExchange, data: bytes) -> None:
        try:
            exchange.received(data)
        except OSError:
            # The recorder will have the same problem (a full disk), and stop the crawl.
            logger.exception("a response can't be spooled")
            exchange.close("unspecified")
            return
        if exchange.framer.problem == "head_too_large":
            # Twisted's client has no limit for all header lines together.
            exchange.close("length")
            self.abortConnection()
        if exchange.framer.done:
            # Before the client gets the end: the capture must exist when the response is processed.
            exchange.close(None)
            if exchange.excess:
                # loseConnection is too slow with TLS: more data could be delivered before it takes effect.
                self.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        exchange = self._exchange
        if exchange is not None and not exchange.closed and not self._aborted:
            exchange.framer.close(clean=reason.check(ConnectionDone) is not None)
            exchange.close("disconnect")
        super().connectionLost(reason)


class TeeFactory(WrappingFactory):
    """Wraps the HTTP client's protocol factory for one new connection."""

    protocol = TeeProtocol
    noisy = False

    def __init__(self, wrapped: Any, fetch: Fetch | None) -> None:
        super().__init__(wrapped)
        self.fetch = fetch

    def registerProtocol(self, p: Any) -> None:  # noqa: N802
        """Twisted keeps a list for server shutdown, which a client doesn't need."""

    def unregisterProtocol(self, p: Any) -> None:  # noqa: N802
        """See `registerProtocol`."""


@implementer(IStreamClientEndpoint)
class TeeEndpoint:
    """An endpoint for one fetch, whose connections pass through the tee."""

    def __init__(self, endpoint: Any, fetch: Fetch | None) -> None:
        self._endpoint = endpoint
        self._fetch = fetch
        # If a pooled connection was closed, Twisted connects again outside the context of the request: the guard of
        # that request's site must check this connection, too.
        self._context = copy_context()

    def connect(self, protocolFactory: Any) -> Any:  # noqa: N803
        connected = self._context.copy().run(self._endpoint.connect, TeeFactory(protocolFactory, self._fetch))
        # The pool must get the client's own protocol, not the wrapper.
        return connected.addCallback(lambda wrapper: wrapper.wrappedProtocol)


class TeePool:
    """Twisted's connection pool, which wraps every endpoint."""

    def __init__(self, pool: HTTPConnectionPool) -> None:
        self._pool = pool

    def getConnection(self, key: Any, endpoint: Any) -> Any:  # noqa: N802
        return self._pool.getConnection(key, cast("Any", TeeEndpoint(endpoint, current_fetch.get())))

    def closeCachedConnections(self) -> Deferred[Any]:  # noqa: N802
        """As the pool's. Scrapy also fires it when time is up, and where many sites end at once both can happen."""
        closed = _FiredOnce()
        self._pool.closeCachedConnections().addBoth(closed.callback)
        return closed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)


class _FiredOnce(Deferred[Any]):
    """A result that is set once; setting it again does nothing."""

    def callback(self, result: Any) -> None:
        if not self.called:
            super().callback(result)
