"""Whether a crawl fetches a URL, and as which kind: the site's rules and the run's options, without side effects."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from archiver.crawl.signs.page_kind import kind_of_address
from archiver.discovery import Hint
from archiver.frontier import SITEMAP, Candidate
from archiver.layout import Site
from archiver.urls import host_of, story_form, surt, trap_sign
from archiver.withdrawals import hashes_of

MAX_URL = 2083
MAX_DEPTH = 100  # links from a seed: enough for the last page of a long section, and a limit for an endless one


@dataclass(frozen=True, slots=True)
class Scope:
    """Regular expressions as strings; compiled once, below."""

    site: Site
    follow: str | None = None
    deny: str | None = None
    include: str | None = None
    exclude: str | None = None
    withdrawn: frozenset[str] = frozenset()  # hashes of URLs that must not be fetched, as in `withdrawals`
    reserved: str | None = None  # the policy for pages that ask not to be kept, if set

    def candidate(
        self,
        url: str,
        *,
        depth: int,
        found_on: str | None,
        redirects: int = 0,
        hint: Hint | None = None,
        lastmod: datetime | None = None,
    ) -> Candidate:
        """The URL's key in the frontier, and the URL to fetch.

        A mirror host is replaced by the canonical host; tracking and session parameters and the markers of print and
        AMP versions are removed. Redirect targets are not changed.
        """
        if len(url) > MAX_URL:
            return _too_long(url, depth=depth, found_on=found_on, redirects=redirects)
        target = _unmirrored(self.site, url if redirects else _story_form(url))
        kind = kind_of_address(self.site, target, hint, found_on)
        return Candidate(
            target, _key(target), kind, depth, redirects, found_on, lastmod,
            priority=SITEMAP if hint == "sitemap" else 0, listed_as_story=hint == "story",
        )  # fmt: skip

    def refusal(self, candidate: Candidate) -> str | None:
        """Why the URL is not fetched, or None if it is."""
        url = candidate.url
        if self.is_withdrawn(url):
            return "withdrawn"
        if not self.site.covers(url) and not self._is_cross_submitted(candidate):
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

    def is_foreign(self, url: str) -> bool:
        """Whether an absolute URL is off the site, judged quickly by its host. False if only `candidate` and `refusal`
        can decide.
        """
        return not self.withdrawn and _is_foreign_host(self.site, "/".join(url.split("/", 3)[:3]))

    def is_withdrawn(self, url: str) -> bool:
        """Whether a URL was withdrawn, so that it must not be fetched."""
        return bool(self.withdrawn) and not self.withdrawn.isdisjoint(hashes_of([url]))

    def _is_cross_submitted(self, candidate: Candidate) -> bool:
        """Whether a sitemap on another host is named by the site's own robots.txt, or by such a sitemap.

        The sitemap protocol calls this cross-submission (sitemaps.org, "Sitemaps & Cross Submits").
        """
        found_on = candidate.found_on or ""
        if found_on.endswith("/robots.txt") and self.site.covers(found_on):
            return True
        return candidate.priority == SITEMAP and host_of(found_on) == host_of(candidate.url)

    def exclusion(self, url: str) -> str | None:
        """Why a URL is not fetched even as a page requisite: --exclude, and on the site the spider's `deny`."""
        if self.deny and self.site.covers(url) and _found(self.deny, url):
            return "denied"
        return "excluded" if self.exclude and _found(self.exclude, url) else None

    @property
    def rules(self) -> str:
        """A fingerprint of the rules that decide whether and how a link is followed."""
        site = self.site
        parts = (
            site.domains, site.article_url, site.canonical_host, site.mirror_hosts, self.follow, self.deny,
            self.include, self.exclude,
            *(["leave"] if self.reserved == "leave" else []),
        )  # fmt: skip
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def is_story(self, url: str) -> bool:
        """Whether a URL is classified as a story."""
        return kind_of_address(self.site, url, None) == "article"


def _too_long(url: str, *, depth: int, found_on: str | None, redirects: int) -> Candidate:
    """The start of a URL that is too long to be fetched, one character over the limit, so that `refusal` gives the
    reason, with a digest: normalising a URL of a megabyte would take seconds.
    """
    digest = hashlib.sha1(url.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
    return Candidate(url[: MAX_URL + 1], f"too_long:{digest}", "page", depth, redirects, found_on)


@lru_cache(maxsize=50)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _found(pattern: str, url: str) -> bool:
    """Patterns are searched in path and query, like `article_url`; the host belongs to the scope."""
    _, _, rest = url.partition("://")
    return _compiled(pattern).search("/" + rest.partition("/")[2]) is not None


@lru_cache(maxsize=10_000)
def _is_foreign_host(site: Site, origin: str) -> bool:
    return not site.covers(origin) and site.unmirrored(origin) == origin


# Links of menus and listings occur on every page: their identity is computed once.
_key = lru_cache(maxsize=10_000)(surt)
_story_form = lru_cache(maxsize=10_000)(story_form)


@lru_cache(maxsize=10_000)
def _unmirrored(site: Site, url: str) -> str:
    return site.unmirrored(url)
