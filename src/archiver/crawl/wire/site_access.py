"""Additional data for requests of a site: a login's secrets, cookies that a host requires, a proxy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler

from archiver.crawl.wire.required_cookies import RequiredCookies
from archiver.layout import Site
from archiver.login import Secrets


@dataclass(frozen=True)
class Access:
    """How to connect to one site. Secrets are sent only to hosts of the site, and with `tls_only` only over TLS."""

    site: Site
    secrets: Secrets | None = None
    tls_only: bool = False
    proxy: str | None = field(default=None, repr=False)
    cookies: RequiredCookies = field(default_factory=RequiredCookies)

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        """Scrapy deep-copies settings, but the cookies are shared with the visitor."""
        return self

    def fields_for(self, url: str) -> list[tuple[str, str]]:
        """The additional header fields of a request for this URL."""
        fields: list[tuple[str, str]] = []
        trusted = self.site.covers(url) and (url.startswith("https:") or not self.tls_only)
        if self.secrets is not None and trusted:
            fields += self.secrets.fields
        required = self.cookies.of(netloc_of(url))
        if required:
            own = [value for name, value in fields if name.lower() == "cookie"]
            fields = [(name, value) for name, value in fields if name.lower() != "cookie"]
            fields.append(("Cookie", "; ".join([*own, required])))
        return fields


class SiteAccess:
    """The downloader middleware that adds this data. Setting ARCHIVER_ACCESS: an Access."""

    def __init__(self, access: Access | None) -> None:
        self._access = access

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.settings.get("ARCHIVER_ACCESS"))

    def process_request(self, request: Request) -> None:
        if self._access is None:
            return
        for name, value in self._access.fields_for(request.url):
            request.headers[name] = value
        if self._access.proxy is not None:
            request.meta.setdefault("proxy", self._access.proxy)


def netloc_of(url: str) -> str:
    """Host and port of a URL, as it is written."""
    return url.partition("://")[2].partition("/")[0].partition("?")[0].lower()
