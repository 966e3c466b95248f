"""Responses of the sample site: a pure function of path, query, host and day. No clock, no state."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from html.parser import HTMLParser
from urllib.parse import parse_qsl, quote, unquote

from archiver.samplesite import feeds, furniture, images, listings
from archiver.samplesite.article_page import article_page
from archiver.samplesite.stories import DELETED_ON_DAY_2, stories, truth

DOMAIN = "elpuente.localhost"
CANONICAL_HOST = f"www.{DOMAIN}"

_HTML = "text/html; charset=UTF-8"
_XML = "application/xml; charset=utf-8"
_EDITIONS = {day: datetime(2022, 10, 12 + day, 10, 0, tzinfo=UTC) for day in (1, 2)}
_CSS = b"body{font-family:Georgia,serif;max-width:60em;margin:auto}.pie{color:#555;font-size:.85em}\n"
_JS = b"document.documentElement.classList.add('js');\n"


@dataclass(frozen=True, slots=True)
class Page:
    status: int
    content_type: str
    body: bytes
    modified: datetime | None = None  # None: no validators (errors, redirects)
    location: str | None = None
    chunked: bool = False

    @property
    def etag(self) -> str:
        # Weak, because the same tag is sent with and without gzip.
        return f'W/"{hashlib.sha1(self.body, usedforsecurity=False).hexdigest()[:20]}"'


def origin_for(host: str) -> str:
    """Scheme and host of canonical URLs on a page requested under this host."""
    name, _, port = host.partition(":")
    if name == DOMAIN or name.endswith("." + DOMAIN):
        return f"http://{CANONICAL_HOST}:{port}" if port else f"http://{CANONICAL_HOST}"
    return f"http://{host}"


@lru_cache(maxsize=4096)
def answer(path: str, query: str, host: str, day: int) -> Page:
    """The response for a path on this host and day."""
    origin = origin_for(host)
    if host.partition(":")[0] == DOMAIN:
        return _redirect(origin + path + (f"?{query}" if query else ""))
    if len(path) > 1 and path.endswith("/"):
        return _redirect(path.rstrip("/") or "/")
    edition = _EDITIONS[day]
    story = truth(path, day)
    if story is not None:
        modified = (story.modified or story.published) if story.classic else edition
        return Page(200, _HTML, article_page(story, origin, day, path=quote(unquote(path))).encode(), modified)
    gone = truth(path, 1)
    if gone is not None and gone.id in DELETED_ON_DAY_2:
        status = DELETED_ON_DAY_2[gone.id]
        return Page(status, _HTML, listings.not_found(day, status).encode())
    listing = _listing(path, dict(parse_qsl(query)), origin, day)
    if listing is not None:
        return Page(200, _HTML, listing.encode(), edition, chunked=True)
    return _file(path, origin, day) or Page(404, _HTML, listings.not_found(day, 404).encode())


def _redirect(location: str) -> Page:
    return Page(301, _HTML, b"<html><body><h1>Moved</h1></body></html>\n", location=location)


def _listing(path: str, query: dict[str, str], origin: str, day: int) -> str | None:
    if path == "/":
        return listings.front_page(day)
    if path in ("/en", "/es"):
        return listings.language_home(day, "en" if path == "/en" else "es", origin)
    if path == "/more":
        return listings.more_page(day)
    if path.startswith("/more/calendar/"):
        return listings.calendar_page(path, day)
    return listings.static_page(path, day) or listings.list_page(path, query, day)


def _file(path: str, origin: str, day: int) -> Page | None:
    """Feeds, sitemaps, pictures and the stylesheet."""
    edition = _EDITIONS[day]
    if path.startswith("/sites/default/files/") and path.rpartition("/")[2] in _image_files(day):
        kind = "image/png" if path.endswith(".png") else "image/jpeg"
        return Page(200, kind, images.image_bytes(path.rpartition("/")[2]), _EDITIONS[1])
    fixed: dict[str, tuple[str, Callable[[], bytes]]] = {
        "/favicon.ico": ("image/x-icon", images.favicon),
        "/logo.svg": ("image/svg+xml", lambda: images.LOGO_SVG),
        "/css/site.css": ("text/css", lambda: _CSS),
        "/js/site.js": ("text/javascript", lambda: _JS),
    }
    if path in fixed:
        kind, make = fixed[path]
        return Page(200, kind, make(), _EDITIONS[1])
    texts: dict[str, tuple[str, Callable[[], str]]] = {
        "/robots.txt": ("text/plain; charset=utf-8", lambda: feeds.robots_txt(origin)),
        "/sitemap.xml": (_XML, lambda: feeds.sitemap_index(origin)),
        "/sitemap-en.xml": (_XML, lambda: feeds.sitemap(origin, "en", day)),
        "/sitemap-es.xml": (_XML, lambda: feeds.sitemap(origin, "es", day)),
        "/sitemap-news.xml": (_XML, lambda: feeds.news_sitemap(origin, day)),
        "/rss.xml": ("application/rss+xml; charset=utf-8", lambda: feeds.rss(origin, ("en", "es"), day)),
        "/en/rss.xml": ("application/rss+xml; charset=utf-8", lambda: feeds.rss(origin, ("en",), day)),
        "/es/rss.xml": ("application/rss+xml; charset=utf-8", lambda: feeds.rss(origin, ("es",), day)),
    }
    if path in texts:
        kind, write = texts[path]
        return Page(200, kind, write().encode(), edition)
    if path == "/sitemap-es.xml.gz":
        packed = gzip.compress(feeds.sitemap(origin, "es", day).encode(), mtime=0)
        return Page(200, "application/gzip", packed, edition)
    return None


@cache
def _image_files(day: int) -> frozenset[str]:
    return frozenset(story.image.file for story in stories(day) if story.image)


class _Lines(HTMLParser):
    """Collects a page's text by line: the text between two boundaries of block elements."""

    INLINE = frozenset({"a", "span", "strong", "em", "time", "button", "input", "img"})
    HIDDEN = frozenset({"script", "style", "title"})

    def __init__(self) -> None:
        super().__init__()
        self.lines: set[str] = set()
        self._run: list[str] = []
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._border(tag)
        self._hidden = tag in self.HIDDEN

    def handle_endtag(self, tag: str) -> None:
        self._border(tag)
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._run.append(data)

    def _border(self, tag: str) -> None:
        if tag in self.INLINE:
            return
        line = " ".join("".join(self._run).split())
        self._run.clear()
        if line:
            self.lines.add(line)


@cache
def junk_lines(day: int = 1) -> frozenset[str]:
    """Every line of the story pages that is not part of the story's text: no extracted text may contain it.

    Titles, bylines and captions are included: they are metadata, not text.
    """
    reader = _Lines()
    for story in stories(day):
        reader.feed(article_page(story, f"http://{CANONICAL_HOST}", day, with_text=False))
        for shown in (story.published, *(other.published for other in stories(day))):
            reader.lines.add(furniture.shown_date(shown, story.language, story.classic))
    return frozenset(reader.lines)
