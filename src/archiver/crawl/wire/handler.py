"""The download handler for http and https: Scrapy's own, with the tee around its connections."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotConfigured,
    ResponseDataLossError,
)
from scrapy.http import Response, TextResponse
from twisted.web.client import HTTPConnectionPool

from archiver.crawl.wire.failures import BEGINNING, specific_error
from archiver.crawl.wire.private_addresses import AddressGuard, PrivateAddressError, current_guard, literal_address
from archiver.crawl.wire.recorder import Recorder
from archiver.crawl.wire.request_purpose import purpose_of
from archiver.crawl.wire.tee import Fetch, TeePool, current_fetch
from archiver.crawl.wire.tls import VERIFIED
from archiver.model import Exchange, Truncation
from archiver.urls import host_of

REQUEST_SENT = object()  # the request is sent on the wire (an object like Scrapy's signals)
RUN_IS_OVER = object()  # no page is requested any more


class RunIsOver(IgnoreRequest):
    """The run was stopped before the request was sent or answered. Its URL is still queued."""

    def __init__(self) -> None:
        super().__init__("run_is_over")


@dataclass
class _Answered:
    """The results of one request so far: the first bytes of each response, and whether a certificate was invalid."""

    beginnings: list[bytes] = field(default_factory=list)
    untrusted: bool = False


class RecordingDownloadHandler(HTTP11DownloadHandler):
    """Records each exchange before Scrapy gets its response.

    Settings: ARCHIVER_RECORDER, a Recorder; ARCHIVER_GUARD, an AddressGuard; ARCHIVER_REQUIRE_VALID_TLS, to keep no
    response with an invalid certificate. The recorder's `kept` has the record written for the response. Raises
    NotConfigured if the internals of Scrapy's handler have changed, because recording nothing would be worse than not
    starting.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        recorder = crawler.settings.get("ARCHIVER_RECORDER")
        if not isinstance(recorder, Recorder):
            raise NotConfigured("no recorder: run `archiver crawl`, not `scrapy crawl`")
        if not isinstance(self._pool, HTTPConnectionPool):
            raise NotConfigured(
                "this version of Scrapy manages its connections differently: install the version that archiver requires"
            )
        self._recorder = recorder
        self._signals = crawler.signals
        self._guard: AddressGuard = crawler.settings.get("ARCHIVER_GUARD") or AddressGuard((), lambda _host: False)
        self._require_valid_tls = crawler.settings.getbool("ARCHIVER_REQUIRE_VALID_TLS")
        self._rules_in_flight: set[asyncio.Task[Response]] = set()
        self._is_over = False
        self._signals.connect(self._drop_rules, signal=RUN_IS_OVER)
        self._pool = TeePool(self._pool)  # type: ignore[assignment]  # it replaces the pool

    async def download_request(self, request: Request) -> Response:
        self._refuse_private(request)
        answered = _Answered()
        fetch = Fetch(
            url=request.url.partition("#")[0],
            method=request.method,
            proxied=bool(request.meta.get("proxy")),
            record=lambda exchange: self._record(exchange, request, answered),
            on_sent=lambda: self._signals.send_catch_log(signal=REQUEST_SENT, request=request),
        )
        truncated: Truncation = "unspecified"
        token, guard_token = current_fetch.set(fetch), current_guard.set(self._guard)
        try:
            response = await self._answer(super().download_request(request), request)
        except DownloadTimeoutError:
            truncated = "time"
            raise
        except DownloadCancelledError:
            truncated = "length"
            raise
        except ResponseDataLossError:
            truncated = "disconnect"
            raise
        except CannotResolveHostError:
            if self._guard.refused(host_of(request.url)):
                raise IgnoreRequest("private_address") from None
            raise
        except DownloadFailedError as error:
            raise specific_error(error, answered.beginnings) from error.__cause__
        finally:
            current_fetch.reset(token)
            current_guard.reset(guard_token)
            fetch.end(truncated)
        if answered.untrusted:  # the response was not kept
            raise IgnoreRequest("bad_certificate")
        return _still_coded(response)

    async def _answer(self, exchange: Coroutine[Any, Any, Response], request: Request) -> Response:
        """The response. A request for robots.txt ends when the run is over: its host may hang, and what waits for the
        rules is not requested any more."""
        if not request.meta.get("dont_obey_robotstxt"):
            return await exchange
        if self._is_over:
            exchange.close()
            raise RunIsOver()
        running = asyncio.ensure_future(exchange)
        self._rules_in_flight.add(running)
        try:
            return await running
        except asyncio.CancelledError:
            raise RunIsOver() from None
        finally:
            self._rules_in_flight.discard(running)

    def _drop_rules(self) -> None:
        self._is_over = True
        for running in list(self._rules_in_flight):
            running.cancel()

    def _record(self, exchange: Exchange, request: Request, answered: _Answered) -> None:
        answered.beginnings.append(exchange.response.read(BEGINNING))
        exchange.response.seek(0)
        if self._require_valid_tls and exchange.tls is not None and exchange.tls.verdict != VERIFIED:
            answered.untrusted = True
            exchange.response.close()
            return
        purpose = purpose_of(request)
        kept = self._recorder.record(exchange, purpose.known if purpose is not None else None)
        if kept is not None:
            self._recorder.kept.put(request, kept)

    def _refuse_private(self, request: Request) -> None:
        """Checks literal IP addresses, which never reach the resolver."""
        host = host_of(request.url)
        address = literal_address(host)
        if address is None:
            return
        try:
            self._guard.check(host, address)
        except PrivateAddressError:
            raise IgnoreRequest("private_address") from None


def _still_coded(response: Response) -> Response:
    """The response without a character set if its body is still gzip or deflate.

    Scrapy's middleware makes a text response after decoding. Before that it would ask this response for its character
    set, which would be guessed from compressed bytes, taking a tenth of the crawl's time.
    """
    if isinstance(response, TextResponse) and b"Content-Encoding" in response.headers:
        return Response(**{name: getattr(response, name) for name in Response.attributes})
    return response
