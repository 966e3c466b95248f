"""robots.txt by RFC 9309, where Scrapy's own middleware stops short of it.

A server error or no answer at all means: fetch nothing (section 2.3.1.4). A client error means: no rules (2.3.1.3).
At most 500 KiB are parsed (2.5). The Sitemap lines become links of the crawl.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.robotstxt import RobotParser

from archiver.crawl.visitor import visitor_of

_MAX_BYTES = 500 * 1024
_NOTHING_ALLOWED = b"User-agent: *\nDisallow: /\n"
_SITEMAP = re.compile(rb"^\s*sitemap\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


class RobotsRules(RobotsTxtMiddleware):
    """Refuses what a site's robots.txt does not allow, with the reason `robots` or `robots_unreachable`."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._visitor = visitor_of(crawler)
        self._refused: dict[str, str] = {}  # host and port -> why nothing there may be fetched

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        refused = self._refused.get(_netloc(request))
        if refused is not None:
            raise IgnoreRequest(refused)
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest:
            raise IgnoreRequest("robots") from None

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500:
            response = response.replace(body=_NOTHING_ALLOWED)
            self._refused[netloc] = "robots_unreachable"
        elif response.status >= 400:
            response = response.replace(body=b"")
        else:
            response = response.replace(body=response.body[:_MAX_BYTES])
            for url in sitemaps(response):
                self._visitor.add_link(url, found_on=response.url)
        await super()._parse_robots(response, netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        self._refused[netloc] = str(exc) if isinstance(exc, IgnoreRequest) else "robots_unreachable"
        super()._robots_error(exc, netloc)


def sitemaps(response: Response) -> Iterator[str]:
    """URLs of the Sitemap lines, absolute."""
    for match in _SITEMAP.finditer(response.body):
        yield response.urljoin(match[1].decode("utf-8", "replace"))


def _netloc(request: Request) -> str:
    return request.url.partition("://")[2].partition("/")[0]
