"""What a visitor works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archiver.crawl.loop.page_requisites import Requisites
from archiver.crawl.report.fetchlog import FetchLog
from archiver.crawl.rules.limits import Limits
from archiver.crawl.rules.politeness import Politeness
from archiver.crawl.wire.insisted_cookies import InsistedCookies
from archiver.crawl.wire.kept import KeptAnswers
from archiver.crawl.wire.render import Renderer

if TYPE_CHECKING:
    from archiver.spider import ArticleSpider


@dataclass(frozen=True)
class Tools:
    """Those of one site's crawl. `spider` gives the site's spider, once Scrapy has made it. Without `requisites`, what
    stories need for replay is left; without a `renderer`, pages are taken as they were fetched."""

    spider: Callable[[], ArticleSpider]
    politeness: Politeness = field(default_factory=Politeness)
    limits: Limits = field(default_factory=Limits)
    kept: KeptAnswers = field(default_factory=KeptAnswers)
    cookies: InsistedCookies = field(default_factory=InsistedCookies)
    log: FetchLog = field(default_factory=FetchLog)
    requisites: Requisites | None = None
    renderer: Renderer | None = None
