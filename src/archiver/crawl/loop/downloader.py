"""Scrapy's downloader, which queues requests by host, with the rules of `politeness` for each host."""

from __future__ import annotations

from collections import deque
from collections.abc import Coroutine
from time import monotonic
from typing import Any

from scrapy import Request, Spider, signals
from scrapy.core.downloader import Downloader, Slot
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from scrapy.http import Response
from scrapy.utils.asyncio import create_looping_call
from twisted.internet.defer import Deferred

from archiver.crawl.loop.visitor import visitor_of
from archiver.crawl.rules.politeness import LIMITING, REFUSING
from archiver.crawl.rules.verdict import retry_after_seconds
from archiver.crawl.wire.handler import REQUEST_SENT, RUN_IS_OVER, RunIsOver
from archiver.crawl.wire.request_purpose import purpose_of

_LOOK_AT_CLOCK_EVERY = 0.5  # seconds
# The clock starts when the machine boots: with Scrapy's initial 0, each host would seem to have had a request then, and
# a machine that has just booted would delay the first request.
_LONG_AGO = -1e6  # seconds
_NO_ANSWER = (DownloadTimeoutError, CannotResolveHostError, DownloadConnectionRefusedError, DownloadFailedError)


class HostAtRest(IgnoreRequest):
    """The host must not get a request now. The request was not sent; its URL goes back to the frontier."""

    def __init__(self) -> None:
        super().__init__("host_at_rest")


class PoliteDownloader(Downloader):
    """Applies each host's pause, and returns requests for a resting host to the frontier.

    They are returned because a waiting request would occupy the slot of one to another host. When the run has to end,
    all waiting requests are returned, because with long pauses it would otherwise continue for a minute.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._visitor = visitor_of(crawler)
        self._politeness = self._visitor.gate.politeness
        self._hosts: dict[int, str] = {}  # by id of the slot, which has no name of its own
        self._unsent: dict[int, Request] = {}  # by id of the slot: handed to the handler, not on the wire yet
        self._clock = create_looping_call(self._hand_back_if_over)
        crawler.signals.connect(self._on_sent, signal=REQUEST_SENT)
        crawler.signals.connect(self._on_answer, signal=signals.response_downloaded)
        crawler.signals.connect(self._start_clock, signal=signals.spider_opened)

    def _start_clock(self) -> None:
        self._clock.start(_LOOK_AT_CLOCK_EVERY, now=False)

    def close(self) -> None:
        if self._clock.running:
            self._clock.stop()
        super().close()

    def _hand_back_if_over(self) -> None:
        if self._visitor.must_end():
            self.signals.send_catch_log(signal=RUN_IS_OVER)
            for slot in list(self.slots.values()):
                self._process_queue(slot)

    def _get_slot(self, request: Request, spider: Spider | None = None) -> tuple[str, Slot]:
        host, slot = super()._get_slot(request)
        if self._hosts.get(id(slot)) != host:
            self._hosts[id(slot)] = host
            slot.lastseen = _LONG_AGO
        return host, slot

    def _process_queue(self, slot: Slot) -> None:
        host = self._hosts[id(slot)]
        slot.delay = self._politeness.delay_of(host)
        if self._politeness.rest_of(host) or self._politeness.given_up(host):
            while slot.queue:
                _, waiting = slot.queue.popleft()
                waiting.errback(HostAtRest())
            return
        if self._visitor.must_end():
            pages = [entry for entry in slot.queue if purpose_of(entry[0]) is not None]
            slot.queue = deque(entry for entry in slot.queue if purpose_of(entry[0]) is None)
            for _, page in pages:
                page.errback(RunIsOver())
        if slot.delay and id(slot) in self._unsent:
            return  # the pause begins when that request is on the wire, which is later on a busy machine
        super()._process_queue(slot)

    def _on_sent(self, request: Request) -> None:
        """Count the pause from here. Scrapy counts from when a request was handed over, and connections to hundreds of
        sites may take seconds to be made."""
        slot = self.slots.get(self.get_slot_key(request))
        if slot is not None:
            slot.lastseen = monotonic()
            self._release(slot, request)

    def _release(self, slot: Slot, request: Request) -> None:
        if self._unsent.get(id(slot)) is request:
            del self._unsent[id(slot)]
            self._process_queue(slot)

    def _wait_for_download(
        self, slot: Slot, request: Request, queue_dfd: Deferred[Response]
    ) -> Coroutine[Any, Any, None]:
        # Scrapy counts a request as active only when its coroutine first runs: until then it would release all waiting
        # requests, whatever the concurrency.
        slot.transferring.add(request)
        self._unsent[id(slot)] = request
        return super()._wait_for_download(slot, request, queue_dfd)

    async def _download(self, slot: Slot, request: Request) -> Response:
        try:
            return await super()._download(slot, request)
        except Exception as error:
            if purpose_of(request) is None:
                self._visitor.log.write_extra(request, error, self._visitor.kept.of(request))
            elif isinstance(error, _NO_ANSWER):  # a robots.txt that can't be fetched closes its host anyway
                self._politeness.failed(self._hosts[id(slot)])
            raise
        finally:
            self._release(slot, request)  # it may never have been sent

    def _on_answer(self, response: Response, request: Request) -> None:
        """Before the next request leaves the queue."""
        purpose = purpose_of(request)
        if purpose is None:
            self._visitor.log.write_extra(request, response, self._visitor.kept.of(request))
            self._visitor.tally.robots_statuses[response.status] += request.url.endswith("/robots.txt")
        asked = response.headers.get("Retry-After")
        retry_after = retry_after_seconds(asked.decode("latin-1")) if asked else None
        if purpose is None and response.status >= 500 and not retry_after:
            return
        if response.status in REFUSING and purpose is not None and purpose.task.kind == "requisite":
            return  # page_requisites.py counts these: refused images must not close the host of the pages
        latency = float(request.meta.get("download_latency", 0.0))
        host = self.get_slot_key(request)
        self._politeness.answered(host, response.status, latency, retry_after)
        if response.status in LIMITING:
            self._visitor.host_limits(host)
