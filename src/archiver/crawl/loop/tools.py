"""The objects that a visitor uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from scrapy.crawler import Crawler
from scrapy.settings import SETTINGS_PRIORITIES

from archiver.crawl.loop.page_requisites import Requisites
from archiver.crawl.report.fetchlog import FetchLog
from archiver.crawl.rules.limits import Limits
from archiver.crawl.rules.politeness import FIRST_REST, Politeness
from archiver.crawl.wire.kept import KeptAnswers
from archiver.crawl.wire.render import Renderer
from archiver.crawl.wire.required_cookies import RequiredCookies
from archiver.spider import ArticleSpider


@dataclass(frozen=True)
class Tools:
    """The tools of one site's crawl. `spider` returns the site's spider when Scrapy has created it. Without
    `requisites` no page requisites are fetched; without a `renderer` pages are not rendered.
    """

    spider: Callable[[], ArticleSpider]
    politeness: Politeness = field(default_factory=Politeness)
    limits: Limits = field(default_factory=Limits)
    kept: KeptAnswers = field(default_factory=KeptAnswers)
    cookies: RequiredCookies = field(default_factory=RequiredCookies)
    log: FetchLog = field(default_factory=FetchLog)
    requisites: Requisites | None = None
    renderer: Renderer | None = None


def spider_of(crawler: Crawler) -> ArticleSpider:
    """The spider that Scrapy created."""
    spider = crawler.spider
    assert isinstance(spider, ArticleSpider), "Scrapy creates it before the engine, in which all callers run"
    return spider


def politeness_of(crawler: Crawler) -> Politeness:
    """The politeness rules from a site's settings: the run's own, the spider's, those of scrapy.cfg."""
    settings = crawler.settings
    delay = settings.getfloat("DOWNLOAD_DELAY")
    if (settings.getpriority("DOWNLOAD_DELAY") or 0) < SETTINGS_PRIORITIES["spider"]:
        # Scrapy still accepts this deprecated attribute for the setting.
        delay = float(getattr(crawler.spidercls, "download_delay", delay))
    return Politeness(
        delay=delay,
        concurrency=settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN"),
        first_rest=settings.getfloat("ARCHIVER_HOST_REST", FIRST_REST),
    )
