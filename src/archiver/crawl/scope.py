"""Whether a crawl fetches a URL, and as what: one site's rules and one run's options, without side effects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from archiver.frontier import Candidate, Kind
from archiver.layout import Site
from archiver.urls import has_article_shape, surt, trap_sign

MAX_URL = 2083
MAX_DEPTH = 100  # links from a seed: deep enough for the last page of a long section, no way out of an endless one


@dataclass(frozen=True, slots=True)
class Scope:
    """Regular expressions as strings: they are compiled once, below."""

    site: Site
    follow: str | None = None
    deny: str | None = None
    include: str | None = None
    exclude: str | None = None

    def candidate(self, url: str, *, depth: int, found_on: str | None, redirects: int = 0) -> Candidate:
        """The URL as the frontier knows it: a mirror's address becomes the canonical host's."""
        target = _unmirrored(self.site, url)
        kind: Kind = "article" if self._is_article(target) else "page"
        return Candidate(target, _key(target), kind, depth, redirects, found_on)

    def refusal(self, candidate: Candidate) -> str | None:
        """Why the URL is not fetched, or None when it is."""
        url = candidate.url
        if not self.site.covers(url):
            return "off_site"
        for reason, matches in (
            ("too_long", len(url) > MAX_URL),
            ("denied", bool(self.deny and _found(self.deny, url))),
            ("excluded", bool(self.exclude and _found(self.exclude, url))),
            ("not_included", bool(self.include and candidate.kind == "article" and not _found(self.include, url))),
            ("not_followed", bool(self.follow and candidate.kind == "page" and not _found(self.follow, url))),
            ("too_deep", candidate.depth > MAX_DEPTH),
        ):
            if matches:
                return reason
        return trap_sign(url)

    def _is_article(self, url: str) -> bool:
        by_rule = self.site.is_article_url(url)
        return has_article_shape(url) if by_rule is None else by_rule


@lru_cache(maxsize=50)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _found(pattern: str, url: str) -> bool:
    """Patterns are searched in path and query, as `article_url` is: a host is scope, not shape."""
    _, _, rest = url.partition("://")
    return _compiled(pattern).search("/" + rest.partition("/")[2]) is not None


# The links of menus and lists come by on every page: their identity is worked out once.
_key = lru_cache(maxsize=50_000)(surt)


@lru_cache(maxsize=50_000)
def _unmirrored(site: Site, url: str) -> str:
    return site.unmirrored(url)
