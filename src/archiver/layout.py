"""What is known of a site: where its stories live (`Site`) and how its pages are built until a redesign (`Layout`).

Plain data that pickles and turns into JSON: it travels to extraction workers, and into each WARC's warcinfo record, so
that an archive can be rebuilt without the spider that made it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit


@dataclass(frozen=True, slots=True)
class Layout:
    """CSS selectors that hold for pages captured before `until` (None: still in force).

    An empty selector leaves that field to the general extractor. `drop` is removed from the page before anything else
    is read. `date_formats` are `strptime` patterns for the text that `date` selects, tried in order.
    """

    until: date | None = None
    body: str = ""
    title: str = ""
    author: str = ""
    date: str = ""
    date_formats: tuple[str, ...] = ()
    section: str = ""
    tags: str = ""
    caption: str = ""
    drop: tuple[str, ...] = ()

    def faults(self) -> Iterator[str]:
        """What is wrong with it, for whoever wrote it. In an extraction a bad selector selects nothing."""
        from lxml.cssselect import CSSSelector, SelectorError  # noqa: PLC0415 - only who loads spiders needs it

        for name in ("drop", "date_formats"):
            if isinstance(getattr(self, name), str):
                yield f"{name} = {getattr(self, name)!r} of a layout has to be a tuple: ({getattr(self, name)!r},)"
                return
        selectors = [(name, getattr(self, name)) for name in _SELECTORS] + [("drop", entry) for entry in self.drop]
        for name, selector in selectors:
            try:
                CSSSelector(selector or "*", translator="html")
            except SelectorError as error:
                yield f"{name} = {selector!r} of a layout is no CSS selector ({error})"


_SELECTORS = ("body", "title", "author", "date", "section", "tags", "caption")


@dataclass(frozen=True, slots=True)
class Site:
    """One publisher. `article_url` is a regular expression searched in a URL's path and query; None means: judge by
    the page. `mirror_hosts` matches host names that serve the same pages as `canonical_host`."""

    name: str
    domains: tuple[str, ...]
    article_url: str | None = None
    canonical_host: str | None = None
    mirror_hosts: str | None = None
    timezone: str | None = None  # IANA name, for dates that state none
    layouts: tuple[Layout, ...] = ()

    def covers(self, url: str) -> bool:
        """Whether the URL's host is one of the site's domains or below one."""
        host = (urlsplit(url).hostname or "").rstrip(".")
        return any(host == domain or host.endswith("." + domain) for domain in self.domains)

    def unmirrored(self, url: str) -> str:
        """The URL with a mirror's host replaced by the canonical one: what is fetched, and what identity rests on."""
        if not (self.mirror_hosts and self.canonical_host):
            return url
        parts = urlsplit(url)
        host = parts.hostname or ""
        if host == self.canonical_host or not re.fullmatch(self.mirror_hosts, host):
            return url
        return urlunsplit(parts._replace(netloc=parts.netloc.lower().replace(host, self.canonical_host, 1)))

    def is_article_url(self, url: str) -> bool | None:
        """True or False by the site's own rule; None where the site has none."""
        if self.article_url is None:
            return None
        parts = urlsplit(url)
        target = parts.path + ("?" + parts.query if parts.query else "")
        return re.search(self.article_url, target) is not None

    def layout_at(self, captured_at: datetime) -> Layout | None:
        """The layout that was in force when a page was captured: the one that ends soonest after it."""
        day = captured_at.date()
        in_force = [entry for entry in self.layouts if entry.until is None or day < entry.until]
        return min(in_force, key=lambda entry: entry.until or date.max, default=None)

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict that `Site.from_json` turns back into an equal value."""
        data = asdict(self)
        for entry in data["layouts"]:
            entry["until"] = entry["until"].isoformat() if entry["until"] else None
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Site:
        """Ignores keys that it doesn't know, so that an older program reads a newer archive."""
        known = {key: data[key] for key in (f.name for f in fields(cls)) if key in data}
        known["domains"] = tuple(known.get("domains", ()))
        known["layouts"] = tuple(_layout_from_json(entry) for entry in known.get("layouts", ()))
        return cls(**known)


def _layout_from_json(data: Mapping[str, Any]) -> Layout:
    known = {key: data[key] for key in (f.name for f in fields(Layout)) if key in data}
    if known.get("until"):
        known["until"] = date.fromisoformat(known["until"])
    for key in ("date_formats", "drop"):
        known[key] = tuple(known.get(key, ()))
    return Layout(**known)


def site_for(sites: Iterable[Site], url: str) -> Site | None:
    """The site a URL belongs to: the one with the longest matching domain, the first of equals."""
    covering = [site for site in sites if site.covers(url)]
    return max(covering, key=lambda site: max(map(len, site.domains)), default=None)


def layout_for(sites: Iterable[Site], url: str, captured_at: datetime) -> Layout | None:
    """The layout for a page of one of `sites`, or None where the general extractor has to do."""
    site = site_for(sites, url)
    return site.layout_at(captured_at) if site else None
