"""ArticleSpider: the base class of the spiders in spiders/, one for each site.

    class ExampleNews(ArticleSpider):
        name = "example_news"
        allowed_domains = ["example.com"]                       # scope
        start_urls = ["https://example.com/news-sitemap.xml"]   # seeds: feed, sitemap, section or front page
        article_url = r"/20\\d\\d/\\d\\d/"                          # pattern for URLs of stories

Those four lines are enough. The other attributes correct what the general rules get wrong on one site.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, ClassVar

import scrapy
from scrapy.http import Response

from archiver.discovery import Found, found_in, w3c_date
from archiver.errors import UsageError
from archiver.keeping import POLICIES
from archiver.layout import Layout, Site
from archiver.login import Login, proxy_faults
from archiver.media_type import MediaType, media_type
from archiver.urls import absolute_url, host_of, registered_domain

__all__ = ["ArticleSpider", "Found", "Layout", "Login"]


class ArticleSpider(scrapy.Spider):
    """A news site to crawl. Subclass it in spiders/ and set the class attributes.

    Override `links` if the links of a page can't be found in its markup.
    """

    name: str
    allowed_domains: ClassVar[list[str]] = []
    start_urls: list[str] = []  # noqa: RUF012 - an instance variable in Scrapy's Spider
    article_url: ClassVar[str | None] = None
    """Regular expression, searched in path and query; URLs that match are stories. None: judged by the page."""
    follow: ClassVar[str | None] = None
    """Regular expression for pages, besides the seeds, whose links are followed. None: any page of the domains."""
    deny: ClassVar[str | None] = None
    """Regular expression for pages that are never fetched."""
    canonical_host: ClassVar[str | None] = None
    mirror_hosts: ClassVar[str | None] = None
    """Regular expression for host names that serve the same pages as `canonical_host`."""
    timezone: ClassVar[str | None] = None
    """IANA name of the zone that the site's dates are in."""
    layouts: ClassVar[list[Layout]] = []
    max_pages: ClassVar[int | None] = None
    """The most pages that one run fetches, with `--all` too. None: no limit but `--max-pages`."""
    allow_private: ClassVar[bool] = False
    """Allow private addresses for hosts of its domains, whatever its start pages are."""
    guess_feeds: ClassVar[bool] = False
    """If a host's robots.txt names no sitemap, try the usual paths (`discovery.GUESSED_PATHS`) once."""
    login: ClassVar[Login | None] = None
    """The sources of the secrets sent to the site's hosts: cookies, a password, header fields."""
    proxy: ClassVar[str | None] = None
    """URL of the proxy for this site, or env:NAME if it contains a password. None: HTTP_PROXY, HTTPS_PROXY."""

    reserved: ClassVar[str | None] = None
    """What to do with pages that ask not to be kept (noarchive, TDM reservation): keep, hide or leave. None: `reserved`
    of scrapy.cfg, otherwise keep.
    """

    @classmethod
    def site(cls) -> Site:
        """The site as plain data, for extraction, index and WARC. Raises UsageError for an invalid attribute."""
        for fault in _faults(cls):
            raise UsageError(f"spider {cls.name}: {fault}", "correct it")
        domains = tuple(domain.lower().rstrip(".") for domain in cls.allowed_domains)
        return Site(
            name=cls.name,
            domains=domains or tuple(dict.fromkeys(registered_domain(host_of(url)) for url in cls.start_urls)),
            article_url=cls.article_url,
            canonical_host=cls.canonical_host,
            mirror_hosts=cls.mirror_hosts,
            timezone=cls.timezone,
            layouts=tuple(cls.layouts),
        )

    def links(self, response: Response) -> Iterable[str | Found]:
        """The absolute URLs found in a page. HTML, sitemaps and feeds are read; other documents have none.

        A `Found` can also state when the page was last changed and that it is a story. May be a generator, because long
        sitemaps are read in parts.
        """
        stated = media_type_of(response)
        refresh = (response.headers.get(b"Refresh") or b"").decode("latin-1")
        return found_in(response.body, response.url, stated.name, stated.charset, refresh)

    async def start(self) -> Any:
        """Nothing: the frontier hands out the seeds. (`archiver crawl` runs spiders; `scrapy crawl` can't.)"""
        return
        yield

    def parse(self, response: Response, **kwargs: Any) -> Iterator[scrapy.Request]:
        """For `scrapy parse` and `scrapy shell`: the links of a page as requests."""
        for found in self.links(response):
            yield scrapy.Request(found if isinstance(found, str) else found.url)


def as_found(link: str | Found) -> Found:
    """A link as `ArticleSpider.links` gives it. Spiders written for version 0.1 state `lastmod` as text."""
    if not isinstance(link, Found):
        return Found(link)
    stated: object = link.lastmod
    return replace(link, lastmod=w3c_date(stated)) if isinstance(stated, str) else link


def _faults(spider: type[ArticleSpider]) -> Iterator[str]:
    """Problems of a spider's attributes, which would otherwise silently change what a crawl does."""
    for attribute in ("article_url", "follow", "deny", "mirror_hosts"):
        pattern = getattr(spider, attribute)
        try:
            re.compile(pattern or "")
        except (re.error, TypeError) as error:
            yield f"{attribute} = {pattern!r} is not a valid regular expression ({error})"
    for attribute in ("allowed_domains", "start_urls", "layouts"):
        value = getattr(spider, attribute)
        if not isinstance(value, list | tuple | set | frozenset):
            yield f"{attribute} = {value!r} has to be a list"
    for layout in spider.layouts:
        if not isinstance(layout, Layout):
            yield f"{layout!r} in layouts is not a Layout"
        yield from layout.faults()
    for url in spider.start_urls:
        if absolute_url(url, url) is None:
            yield f"{url!r} in start_urls is not an http or https URL"
    yield from _faulty_values(spider)
    if spider.login is not None:
        yield from (
            spider.login.faults() if isinstance(spider.login, Login) else [f"login = {spider.login!r} is not a Login"]
        )
    if spider.proxy is not None:
        yield from proxy_faults(spider.proxy)
    try:
        zoneinfo.ZoneInfo(spider.timezone or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError):
        yield f"timezone = {spider.timezone!r} is not a time zone known to this machine, such as 'America/New_York'"


def _faulty_values(spider: type[ArticleSpider]) -> Iterator[str]:
    if spider.reserved not in (None, *POLICIES):
        yield f"reserved = {spider.reserved!r} is not a policy: write one of {', '.join(POLICIES)}"
    if spider.max_pages is not None and not (type(spider.max_pages) is int and spider.max_pages > 0):
        yield f"max_pages = {spider.max_pages!r} is not a number of pages"


def mime_of(response: Response) -> str | None:
    """The media type of a response, in lower case and without parameters."""
    return media_type_of(response).name


def media_type_of(response: Response) -> MediaType:
    """The declared media type and character set of a response."""
    return media_type((response.headers.get(b"Content-Type") or b"").decode("latin-1"))


def spider_for_urls(urls: Iterable[str], name: str | None = None) -> type[ArticleSpider]:
    """The generic spider: crawls the hosts of these URLs as one site, without knowledge of it.

    Named after the first URL's host by default, so that the next run continues where this one ended. Raises UsageError
    if a URL is not http(s).
    """
    seeds = []
    for url in urls:
        seed = absolute_url(url, url if "://" in url else f"https://{url}")
        if seed is None:
            raise UsageError(f"{url!r} is not an http or https URL", "write it like https://example.com/")
        seeds.append(seed)
    hosts = dict.fromkeys(host_of(seed).removeprefix("www.") for seed in seeds)
    return type(
        "GenericSpider",
        (ArticleSpider,),
        {"name": name or next(iter(hosts)), "allowed_domains": list(hosts), "start_urls": seeds, "guess_feeds": True},
    )
