"""robots.txt according to RFC 9309, where Scrapy's own middleware differs from it.

After a server error or no response nothing is fetched (section 2.3.1.4). After a client error there are no rules
(2.3.1.3). At most 500 KiB are parsed (2.5). The Sitemap lines become links of the crawl. Crawl-delay, which is not part
of the standard but common, is respected.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import suppress

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached
from scrapy.utils.misc import build_from_crawler
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from archiver.crawl.loop.downloader import HostAtRest
from archiver.crawl.loop.visitor import visitor_of
from archiver.crawl.rules import verdict
from archiver.crawl.wire.site_access import netloc_of
from archiver.discovery import GUESSED_PATHS
from archiver.keeping import TDM_PATH, tdm_rules_of
from archiver.urls import absolute_url, host_of

_MAX_BYTES = 500 * 1024
_NOTHING_ALLOWED = b"User-agent: *\nDisallow: /\n"
_SITEMAP = re.compile(rb"^[ \t]*sitemap[ \t]*:[ \t]*([^\s#]+)", re.IGNORECASE | re.MULTILINE)


class RobotsRules(RobotsTxtMiddleware):
    """Refuses what a site's robots.txt does not allow, with the reason `robots` or `robots_unreachable`."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._visitor = visitor_of(crawler)
        self._refused: dict[str, str] = {}  # host and port -> why nothing there may be fetched
        self._ask_again: dict[str, float] = {}  # host and port -> when robots.txt may be requested again

    async def robot_parser(self, request: Request) -> RobotParser | None:
        netloc = _netloc(request)
        if time.monotonic() >= self._ask_again.get(netloc, float("inf")):
            for known in (self._ask_again, self._refused, self._parsers):
                known.pop(netloc, None)
        parser = await super().robot_parser(request)
        # Of several requests that wait for one robots.txt, Scrapy hands the rules to the first: they share a Deferred,
        # whose result is None once somebody took it, and None would mean that there are no rules.
        while parser is None and self._parsers.get(netloc, parser) is not None:
            known_now = self._parsers[netloc]
            parser = await super().robot_parser(request) if isinstance(known_now, Deferred) else known_now
        return parser

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        refused = self._refused.get(_netloc(request))
        if refused is not None:
            raise HostAtRest() if refused == "host_at_rest" else IgnoreRequest(refused)
        if rp is None:  # never without a reason; and without rules nothing is known to be allowed
            raise IgnoreRequest("robots_unreachable")
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest:
            raise IgnoreRequest("robots") from None

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status == 429:
            raise HostAtRest()
        if response.status >= 500:
            response = response.replace(body=_NOTHING_ALLOWED)
            self._refused[netloc] = "robots_unreachable"
        elif response.status >= 400:
            response = response.replace(body=b"")
            self._queue_sitemaps(response, [], request)
        else:
            response = response.replace(body=_whole_lines(response.body))
            self._queue_sitemaps(response, list(sitemaps(response)), request)
        if netloc not in self._refused:
            await self._fetch_tdm_file(response, netloc, request)
        await super()._parse_robots(response, netloc, request)
        self._honour_delay(netloc, request)

    async def _fetch_tdm_file(self, robots: Response, netloc: str, request: Request) -> None:
        """If there is a policy for pages that ask not to be kept, fetch the host's tdmrep.json before its first page
        (TDM Reservation Protocol, "Processing priority").
        """
        scope = self._visitor.scope
        if scope.reserved is None or not scope.site.covers(request.url):
            return
        url = request.url.partition("://")[0] + f"://{netloc}{TDM_PATH}"
        rules: RobotParser = build_from_crawler(self._parserimpl, self.crawler, robots.body)
        if not rules.allowed(url, self._robotstxt_useragent or self._default_useragent):
            return
        asked = Request(url, priority=self.DOWNLOAD_PRIORITY, meta={"dont_obey_robotstxt": True}, callback=NO_CALLBACK)
        engine = self.crawler.engine
        assert engine is not None, "it handed out the request that waits for this one"
        with suppress(Exception):  # no response means no rules; the log of fetches has it
            response = await engine.download_async(asked)
            if response.status == 200:
                self._visitor.tdm_rules[netloc_of(url)] = tdm_rules_of(response.body)

    def _honour_delay(self, netloc: str, request: Request) -> None:
        rules = getattr(self._parsers[netloc], "rp", None)  # Protego, which Scrapy's parser wraps
        delay = rules.crawl_delay(self._robotstxt_useragent or "*") if rules is not None else None
        if delay:
            self._visitor.gate.politeness.crawl_delay(host_of(request.url), float(delay))

    def _queue_sitemaps(self, response: Response, named: list[str], request: Request) -> None:
        """Queue the sitemaps that robots.txt names, or guess. Not for hosts that only serve requisites."""
        if not self._visitor.scope.site.covers(request.url):
            return
        for url in named:
            self._visitor.add_link(url, found_on=response.url, hint="sitemap")
        if not named:
            self._guess_feeds(response)

    def _guess_feeds(self, response: Response) -> None:
        """Without a named sitemap, try the usual paths of sitemaps and feeds."""
        if self._visitor.spider().guess_feeds:
            for path in GUESSED_PATHS:
                self._visitor.add_link(response.urljoin(path), found_on=response.url)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        self._refused[netloc] = _why_unreachable(exc)
        if isinstance(exc, HostAtRest):
            rest = self._visitor.gate.politeness.rest_of(host_of(f"http://{netloc}/"))
            self._ask_again[netloc] = time.monotonic() + rest
        super()._robots_error(exc, netloc)


def _why_unreachable(error: Exception) -> str:
    """The reason for all URLs of the host, specific if the network error is known."""
    if isinstance(error, IgnoreRequest):
        return str(error)
    reason = verdict.name_of(verdict.of_failure(Failure(error), verdict.MAX_ATTEMPTS))  # type: ignore[no-untyped-call]
    return reason if reason in verdict.UNREACHABLE else "robots_unreachable"


def _whole_lines(body: bytes) -> bytes:
    """At most 500 KiB, without the incomplete last line: half of `Disallow: /page` could be `Disallow: /`."""
    if len(body) <= _MAX_BYTES:
        return body
    return body[: max(body.rfind(b"\n", 0, _MAX_BYTES), body.rfind(b"\r", 0, _MAX_BYTES)) + 1]


def sitemaps(response: Response) -> Iterator[str]:
    """The absolute URLs of the Sitemap lines. Invalid lines are skipped."""
    for match in _SITEMAP.finditer(response.body):
        url = absolute_url(response.url, match[1].decode("utf-8", "replace"))
        if url is not None:
            yield url


def _netloc(request: Request) -> str:
    """The key under which Scrapy's middleware keeps the rules of a host."""
    return urlparse_cached(request).netloc
