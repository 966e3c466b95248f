"""The description of a site: the URLs of its stories (`Site`) and the structure of its pages until a redesign
(`Layout`).

Plain data that can be pickled and converted to JSON: it is sent to extraction workers and stored in each WARC's
warcinfo record, so that an index can be rebuilt without the spider.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from archiver.urls import on_host

_LONGEST = 4096  # characters of a value in a site description from a WARC file
_LONGEST_TRIED = 1500  # characters of a pattern that RE2 doesn't support
_MOST_GROUPS = 60
_MOST_REPEATS = 1000  # product of all counted repeats: `(a{30}){30}` is compiled to 900 pieces
_REPEAT = re.compile(r"\{(\d*),?(\d*)\}")
_SECONDS = 1.0  # ordinary patterns take microseconds
_MOST = 200  # entries of a list there


@dataclass(frozen=True, slots=True)
class Layout:
    """CSS selectors for pages captured before `until` (None: still valid).

    An empty selector leaves that field to the general extractor. `drop` is removed from the page before anything else
    is read. `date_formats` are `strptime` patterns for the text selected by `date`, tried in order.
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
        """Problems, as messages for the author of the layout. During extraction an invalid selector selects nothing."""
        from lxml.cssselect import CSSSelector, SelectorError  # noqa: PLC0415 - only needed to load spiders

        for name in ("drop", "date_formats"):
            if isinstance(getattr(self, name), str):
                yield f"{name} = {getattr(self, name)!r} of a layout has to be a tuple: ({getattr(self, name)!r},)"
                return
        selectors = [(name, getattr(self, name)) for name in _SELECTORS] + [("drop", entry) for entry in self.drop]
        for name, selector in selectors:
            try:
                CSSSelector(selector or "*", translator="html")
            except SelectorError as error:
                yield f"{name} = {selector!r} of a layout is not a valid CSS selector ({error})"


_SELECTORS = ("body", "title", "author", "date", "section", "tags", "caption")


@dataclass(frozen=True, slots=True)
class Site:
    """One publisher. `article_url` is a regular expression searched in a URL's path and query; None means that stories
    are recognised by their pages. `mirror_hosts` matches host names that serve the same pages as `canonical_host`.
    """

    name: str
    domains: tuple[str, ...]
    article_url: str | None = None
    canonical_host: str | None = None
    mirror_hosts: str | None = None
    timezone: str | None = None  # IANA name, for dates without a UTC offset
    layouts: tuple[Layout, ...] = ()
    # The description comes from a WARC file, not from a spider: its patterns are untrusted, so they run in linear time.
    untrusted: bool = False

    def covers(self, url: str) -> bool:
        """Whether the URL's host is one of the site's domains or a subdomain."""
        host = _host(url).rstrip(".")
        return any(host == domain or host.endswith("." + domain) for domain in self.domains)

    def unmirrored(self, url: str) -> str:
        """The URL with a mirror host replaced by the canonical host. This URL is fetched and used for identity."""
        if not (self.mirror_hosts and self.canonical_host):
            return url
        host = _host(url)
        if not host or host == self.canonical_host or not self._compiled(self.mirror_hosts).fullmatch(host):
            return url
        return on_host(url, self.canonical_host)

    def is_article_url(self, url: str) -> bool | None:
        """True or False according to the site's pattern; None if it has none."""
        if self.article_url is None:
            return None
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        target = parts.path + ("?" + parts.query if parts.query else "")
        if self.untrusted and not _is_linear(self.article_url):
            return _found_in_time(self.article_url, target)
        return self._compiled(self.article_url).search(target) is not None

    def _compiled(self, pattern: str) -> re.Pattern[str]:
        return _linear(pattern) if self.untrusted else re.compile(pattern)

    def layout_at(self, captured_at: datetime) -> Layout | None:
        """The layout that was valid when a page was captured: the one with the earliest later end."""
        day = captured_at.date()
        in_force = [entry for entry in self.layouts if entry.until is None or day < entry.until]
        return min(in_force, key=lambda entry: entry.until or date.max, default=None)

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict that `Site.from_json` turns back into an equal value."""
        data = asdict(self)
        del data["untrusted"]
        for entry in data["layouts"]:
            entry["until"] = entry["until"].isoformat() if entry["until"] else None
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Site:
        """Ignores keys that it doesn't know, so that an older program reads a newer archive."""
        known = {key: data[key] for key in (f.name for f in fields(cls)) if key in data and key != "untrusted"}
        known["domains"] = tuple(known.get("domains", ()))
        known["layouts"] = tuple(_layout_from_json(entry) for entry in known.get("layouts", ()))
        return cls(**known)


def described_site(data: Mapping[str, Any]) -> tuple[Site | None, tuple[str, ...]]:
    """The site described by a WARC file, and codes for invalid parts of the description.

    `bad_site`: values have the wrong type, so the description is ignored. `unsupported_pattern`: a pattern can't be run
    safely, so it is ignored. RE2 runs patterns in linear time but has no look-around; story patterns with look-around
    are run with a time limit.
    """
    lists = (data.get("domains", []), data.get("layouts", []))
    if not all(isinstance(entries, list) and len(entries) <= _MOST for entries in lists):
        return None, ("bad_site",)
    try:
        site = Site.from_json(data)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None, ("bad_site",)
    if not _is_plain(site):
        return None, ("bad_site",)
    faults: tuple[str, ...] = ()
    values: dict[str, Any] = {"untrusted": True}
    for name in ("article_url", "mirror_hosts"):
        pattern = getattr(site, name)
        if pattern is not None and not (_is_linear(pattern) or (name == "article_url" and _is_pattern(pattern))):
            values[name] = None
            faults = ("unsupported_pattern",)
    return replace(site, **values), faults


def _is_plain(site: Site) -> bool:
    """Whether all values have valid types and sizes."""
    texts = (site.article_url, site.canonical_host, site.mirror_hosts, site.timezone)
    return (
        _is_text(site.name)
        and all(_is_text(domain) for domain in site.domains)
        and all(text is None or _is_text(text) for text in texts)
        and len(site.domains) <= _MOST and len(site.layouts) <= _MOST
        and all(_is_plain_layout(layout) for layout in site.layouts)
    )  # fmt: skip


def _is_plain_layout(layout: Layout) -> bool:
    tuples = (layout.drop, layout.date_formats)
    return all(
        isinstance(getattr(layout, name), str) and len(getattr(layout, name)) <= _LONGEST for name in _SELECTORS
    ) and all(len(entries) <= _MOST and all(_is_text(entry) for entry in entries) for entries in tuples)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST


@lru_cache(maxsize=64)
def _is_linear(pattern: str) -> bool:
    import re2  # noqa: PLC0415

    try:
        _linear(pattern)
    except (re2.error, UnicodeError):
        return False
    return True


def _is_pattern(pattern: str) -> bool:
    """Whether a pattern with look-around may be tried. Compiling a deeply nested one takes minutes."""
    import regex  # noqa: PLC0415 - only needed for sites known only from WARC files

    counts = [min(int(number or 1), _MOST_REPEATS + 1) for pair in _REPEAT.findall(pattern) for number in pair]
    if len(pattern) > _LONGEST_TRIED or pattern.count("(") > _MOST_GROUPS or math.prod(counts) > _MOST_REPEATS:
        return False
    try:
        regex.compile(pattern)
    except (regex.error, ValueError, OverflowError, RecursionError):
        return False
    return True


_too_slow: set[str] = set()  # patterns that exceeded the time limit once: not run again


def _found_in_time(pattern: str, text: str) -> bool | None:
    """Whether a pattern with look-around matches; None, as without a pattern, if it takes too long."""
    import regex  # noqa: PLC0415

    if pattern in _too_slow:
        return None
    try:
        return regex.search(pattern, text, timeout=_SECONDS) is not None
    except TimeoutError:
        _too_slow.add(pattern)
        return None


@lru_cache(maxsize=64)
def _linear(pattern: str) -> re.Pattern[str]:
    """A pattern compiled with RE2, which matches in linear time."""
    import re2  # noqa: PLC0415 - only needed for foreign WARC files

    options = re2.Options()
    options.log_errors = False
    compiled: re.Pattern[str] = re2.compile(pattern, options)
    return compiled


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _layout_from_json(data: Mapping[str, Any]) -> Layout:
    known = {key: data[key] for key in (f.name for f in fields(Layout)) if key in data}
    if known.get("until"):
        known["until"] = date.fromisoformat(known["until"])
    for key in ("date_formats", "drop"):
        known[key] = tuple(known.get(key, ()))
    return Layout(**known)


def site_for(sites: Iterable[Site], url: str) -> Site | None:
    """The site of a URL: the one with the longest matching domain, the first if several are equal."""
    covering = [site for site in sites if site.covers(url)]
    return max(covering, key=lambda site: max(map(len, site.domains)), default=None)
