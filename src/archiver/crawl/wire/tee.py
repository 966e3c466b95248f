"""The tee between TLS and HTTP: sees the bytes of every connection, both ways, as they go over the wire.

Scrapy's `Response` has lost the status line, the order and case of fields and the codings. So Twisted's endpoints are
wrapped: `TeeProtocol` stands between the (decrypted) transport and the HTTP client's protocol, copies what passes, and
cuts it into exchanges by the messages' own boundaries.

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
    """One request that Scrapy asked the handler for. The tee hands it each exchange that the wire carried for it."""

    url: str
    method: str
    proxied: bool
    record: Callable[[Exchange], None]
    on_sent: Callable[[], object] = lambda: None  # called when the request goes out on the wire
    open_exchanges: list[_OpenExchange] = field(default_factory=list)

    def end(self, truncated: Truncation | None) -> None:
        """The request is over, whatever became of it: what is still open is cut here."""
        for exchange in list(self.open_exchanges):
            exchange.close(truncated)


# Which fetch the running code serves. Set around each request; read where the client asks the pool for a connection and
# where it writes to a pooled one, both of which happen synchronously inside the request.
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
        self.excess = False  # bytes came past the end of the answer
        fetch.open_exchanges.append(self)

    @property
    def url(self) -> str:
        return self._fetch.url

    def sent(self, data: bytes) -> None:
        self._request.append(data)

    def received(self, data: bytes) -> None:
        """Keep what belongs to this message; what lies past its end is nobody's."""
        self.answered = True
        own = self.framer.feed(data)
        self.excess = own < len(data)
        self._response.write(data[:own])

    def close(self, truncated: Truncation | None) -> None:
        """Hand the exchange over. One without a single byte of an answer is none: its failure is in the crawl's log."""
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
            truncated = "unspecified"  # a message that can't be read doesn't become whole by a longer connection
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
    """The stream from `start` on, as a stream of its own: the same one, but for the rare interim response."""
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
    """One connection. Begins an exchange with the first write after an answer, ends it with the answer."""

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
            # A new connection's first request is the one that it was opened for, whoever's turn it is by now.
            fetch, self._opened_for = self._opened_for or current_fetch.get(), None
            if fetch is None:
                return
            exchange = self._exchange = _OpenExchange(fetch, self._peer())
            fetch.on_sent()
        exchange.sent(data)

    def _peer(self) -> str | None:
        return getattr(self.getPeer(), "host", None)

    def abortConnection(self) -> None:  # noqa: N802
        """The client gives up (time-out, size limit): why, the fetch's own end will say, not the lost connection."""
        self._aborted = True
        cast("Any", self.transport).abortConnection()

    # ------------------------------------------------------------------ in

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        exchange = self._exchange
        if exchange is None or exchange.closed:
            # Past the end of an answer, or unasked for: it must not open the next one on this connection.
            self.abortConnection()
            return
        exchange.tls = self._session(exchange)
        self._keep(exchange, data)
        super().dataReceived(data)
        if not exchange.closed and self.wrappedProtocol.state == "QUIESCENT":
            # The client takes the answer for complete where our reading of it doesn't: keep them apart.
            exchange.close("unspecified")
            self.abortConnection()

    def _session(self, exchange: _OpenExchange) -> TlsSession | None:
        """What is below, once for each connection: with the first bytes that come, the handshake is over."""
        if not self._looked_below and exchange.url.startswith("https:"):
            self._looked_below = True
            self._tls = session_of(self.transport, host_of(exchange.url))
        return self._tls

    def _keep(self, exchange: _OpenExchange, data: bytes) -> None:
        try:
            exchange.received(data)
        except OSError:
            # The recorder will meet the same full disk, and stop the crawl.
            logger.exception("an answer can't be spooled")
            exchange.close("unspecified")
            return
        if exchange.framer.problem == "head_too_large":
            # Twisted's client has no limit on the sum of all header lines: it would go on for as long as they come.
            exchange.close("length")
            self.abortConnection()
        if exchange.framer.done:
            # Before the client hears of the end: with its response the capture must be there.
            exchange.close(None)
            if exchange.excess:
                # loseConnection is too slow under TLS: more could be delivered before it takes effect.
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
        """Twisted keeps a list for shutting servers down; a client's connections end by themselves."""

    def unregisterProtocol(self, p: Any) -> None:  # noqa: N802
        """See `registerProtocol`."""


@implementer(IStreamClientEndpoint)
class TeeEndpoint:
    """An endpoint whose connections pass through the tee, opened for one fetch."""

    def __init__(self, endpoint: Any, fetch: Fetch | None) -> None:
        self._endpoint = endpoint
        self._fetch = fetch
        # Twisted connects again, when it finds a kept connection closed, outside of what asked: the guard of the site
        # whose request it is must judge that one too.
        self._context = copy_context()

    def connect(self, protocolFactory: Any) -> Any:  # noqa: N803
        connected = self._context.copy().run(self._endpoint.connect, TeeFactory(protocolFactory, self._fetch))
        # The pool must be given the client's own protocol, not our wrapper.
        return connected.addCallback(lambda wrapper: wrapper.wrappedProtocol)


class TeePool:
    """Twisted's connection pool, with every endpoint that it is given wrapped."""

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
