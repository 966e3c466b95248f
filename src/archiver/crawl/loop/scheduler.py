"""Scrapy's SCHEDULER: gives the engine the requests that the site's visitor takes from the frontier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler

from archiver.crawl.loop.visitor import visitor_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from archiver.crawl.loop.visitor import Visitor


class FrontierScheduler(BaseScheduler):
    """Requests come only from the frontier. Links enter it through the visitor, never as Scrapy requests, so that a
    page and its links are one transaction.
    """

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if crawler.engine is not None:
            # How often an idle engine asks for requests, so that pages that become due need no notification.
            crawler.engine._SLOT_HEARTBEAT_INTERVAL = 1.0
        return cls(visitor_of(crawler))

    def has_pending_requests(self) -> bool:
        return self._visitor.has_work()

    def enqueue_request(self, request: Request) -> bool:
        """Queues requests that a spider yields itself, like any other link."""
        return self._visitor.add_link(request.url)

    def next_request(self) -> Request | None:
        return self._visitor.next_request()
