"""Finds URLs in a fetched document: the links of an HTML page, the entries of a sitemap or of a feed.

Pure functions over bytes. Broken documents are read as far as possible. Sitemaps and feeds are read incrementally: the
50,000 entries that the sitemap protocol allows must neither block a crawl for seconds nor fill its memory.
"""

from __future__ import annotations

import codecs
import io
import itertools
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from html import unescape
from html.entities import html5
from typing import Any, Literal
from urllib.parse import quote

from lxml import etree

from archiver.charset import Decoded, decoded
from archiver.html_end import without_end_tags
from archiver.media_type import media_type
from archiver.timestamps import http_date, in_utc
from archiver.urls import absolute_url

MAX_LINKS = 50_000  # the sitemap protocol's limit for one file; no honest page has more
MAX_DOCUMENT = 50 * 2**20  # the sitemap protocol's limit for one file, uncompressed
# The usual paths of feeds and sitemaps; tried once per host if robots.txt names none.
GUESSED_PATHS = ("/sitemap.xml", "/sitemap_index.xml", "/rss.xml", "/feed")
_XML_START = re.compile(
    rb"^\s*(?:\xef\xbb\xbf)?\s*<(?:\?xml|!DOCTYPE\s+(?!html)|!--|(?:[\w.-]+:)?(?:rss|feed|urlset|sitemapindex|RDF)\b)",
    re.IGNORECASE,
)
# After text that a program printed before the document, such as a warning.
_XML_LATER = re.compile(rb"<(?:\?xml|(?:[\w.-]+:)?(?:rss|feed|urlset|sitemapindex|RDF))\b", re.IGNORECASE)
_HTML_START = re.compile(rb"<html[\s>]", re.IGNORECASE)
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "text/xml")
_JSON_FEED = "application/feed+json"
_HTML_TYPES = (None, "text/html", "application/xhtml+xml")
_REFRESH = re.compile(r"^[\s\d.]*(?:[;,]\s*(?:url\s*=)?|(?<=\s)url\s*=)\s*[\"']?([^\"'\s]+)", re.IGNORECASE)
_HEAD = 20_000  # bytes
_META = re.compile(rb"<meta\b[^<>]*>", re.IGNORECASE)
_IS_REFRESH = re.compile(rb"""\bhttp-equiv\s*=\s*["']?refresh["'\s/>]""", re.IGNORECASE)
_CONTENT = re.compile(rb"""\bcontent\s*=\s*(["'])(.*?)\1""", re.IGNORECASE | re.DOTALL)
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ASCII = "".join(map(chr, range(33, 127)))
_YEAR_OR_MONTH = re.compile(r"\d{4}(?:-\d\d)?$")
# CDATA and comments, in which nothing is an entity, or an ampersand with the name after it, if there is one.
_AMPERSAND = re.compile(
    rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|&(?:(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|\w{2,31});)?", re.DOTALL
)
_OF_XML = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})

Hint = Literal["story", "sitemap"]


@dataclass(frozen=True, slots=True)
class Found:
    """A URL found in a document, with the document's information about it.

    `lastmod` (UTC) is when it was last changed or published. `hint` is `story` for an entry of a feed or of a news
    sitemap, `sitemap` for an entry of a sitemap index.
    """

    url: str
    lastmod: datetime | None = None
    hint: Hint | None = None


def links_of(body: bytes, url: str, mime: str | None) -> list[str]:
    """The absolute http(s) URLs in a document, in order, without duplicates."""
    return [found.url for found in found_in(body, url, mime)]


def found_in(
    body: bytes, url: str, mime: str | None, charset: str | None = None, refresh: str | None = None
) -> Iterator[Found]:
    """The URLs found in a document, in order, without duplicates. A lazy iterator, so that callers can take it in
    parts.

    `charset` is the one in the response header, `refresh` the header field Refresh, which browsers follow like a
    `<meta http-equiv="refresh">` (HTML, section "Shared declarative refresh steps").
    """
    document = _inflated(body)
    start = document[:2000]
    if start.startswith(_UTF16):
        start = start.decode("utf-16", "replace").encode()
    is_xml = _XML_START.match(start[:200]) is not None
    is_html = _HTML_START.search(start) is not None
    if not is_xml and not is_html and mime in _FEED_TYPES and (later := _XML_LATER.search(start)):
        is_xml, document = True, document[later.start() :]
    entries: Iterator[_Entry] = iter(())
    if is_xml and not is_html:
        entries = _xml_entries(_well_escaped(document))
    elif mime == _JSON_FEED:
        entries = _json_entries(document)
    elif mime in _HTML_TYPES or (is_xml and mime in _FEED_TYPES):
        entries = _html_entries(decoded(document, charset, url))
    elif mime == "text/plain":
        entries = _listed_entries(document)
    target_of_refresh = _REFRESH.match(refresh or "")
    if target_of_refresh:
        entries = itertools.chain([("", target_of_refresh[1], None, None)], entries)
    seen: set[str] = set()
    for base, href, lastmod, hint in entries:
        target = _absolute(_absolute(url, base) or url if base else url, href)
        if target is not None and target not in seen:
            seen.add(target)
            yield Found(target, w3c_date(lastmod), hint)
            if len(seen) >= MAX_LINKS:
                return


def refresh_target(body: bytes, url: str, refresh: str | None = None) -> str | None:
    """The target of a page's automatic redirect, from the field Refresh or a meta tag near its start."""
    written = [refresh or ""]
    for tag in _META.findall(body[:_HEAD]):
        content = _CONTENT.search(tag) if _IS_REFRESH.search(tag) else None
        if content:
            written.append(unescape(content[2].decode("latin-1")))
    targets = (match[1] for text in written if (match := _REFRESH.match(text)))
    return next((target for href in targets if (target := _absolute(url, href)) is not None), None)


def w3c_date(text: str | None) -> datetime | None:
    """A sitemap's or feed's date as a moment in UTC, to the second; None if it is not a date.

    W3C dates (2024-05-17, 2024-05-17T09:30:00-04:00) and those of RFC 822 (Fri, 17 May 2024 09:30:00 EDT) are read. A
    year or a month alone is too imprecise to show when a page was changed, and is ignored.
    """
    text = (text or "").strip()
    if not 4 <= len(text) <= 60:
        return None
    try:
        if _YEAR_OR_MONTH.match(text):
            return None
        moment = in_utc(datetime.fromisoformat(text)) if text[:4].isdigit() else http_date(text)
    except (ValueError, OverflowError):
        return None
    return moment.replace(microsecond=0) if moment is not None else None


# A site's menus are on every page, so the same few hundred links are resolved repeatedly.
_absolute = lru_cache(maxsize=20_000)(absolute_url)
_Entry = tuple[str, str, str | None, Hint | None]  # base, href, last change as written, hint


def _inflated(body: bytes) -> bytes:
    """Sitemaps may be .gz files, whatever the transfer coding was; some are compressed twice."""
    for _ in range(2):
        if not body.startswith(b"\x1f\x8b"):
            break
        inflater = zlib.decompressobj(wbits=31)
        try:
            body = inflater.decompress(body, MAX_DOCUMENT)
        except zlib.error:
            return b""
    return body[:MAX_DOCUMENT]


def _listed_entries(document: bytes) -> Iterator[_Entry]:
    """A plain-text sitemap: one URL per line, and nothing else."""
    lines = [line.strip() for line in document.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace").splitlines()]
    if all(line.startswith(("http://", "https://")) and " " not in line for line in lines if line):
        for line in filter(None, lines):
            yield "", line, None, None


def _json_entries(document: bytes) -> Iterator[_Entry]:
    """A JSON Feed (jsonfeed.org, version 1.1): its items, and its next page."""
    try:
        feed = json.loads(document)
    except (ValueError, RecursionError):
        return
    items = feed.get("items") if isinstance(feed, dict) else None
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and isinstance(item.get("url"), str):
            stated = item.get("date_modified") or item.get("date_published")
            yield "", item["url"], stated if isinstance(stated, str) else None, "story"
    if items is not None and isinstance(feed.get("next_url"), str):
        yield "", feed["next_url"], None, None


def _html_entries(page: Decoded) -> Iterator[_Entry]:
    """Links that a reader can follow, and the feeds, next pages and own URLs that the head declares."""
    try:
        # lxml.html's own parser chooses each element's class in Python, which takes as long as to parse.
        root = etree.fromstring(without_end_tags(page.utf8), etree.HTMLParser(huge_tree=True, encoding="utf-8"))
    except (etree.XMLSyntaxError, ValueError):
        return
    if root is None:
        return
    base = next((element.get("href", "") for element in root.iter("base")), "")
    for element in root.iter("a", "area", "link", "frame", "meta"):
        href = _address_in(element)
        if href:
            yield base, _sent_as(href, page.codec), None, None


def _address_in(element: etree._Element) -> str | None:
    """The URL that an element links to or declares."""
    tag, href = element.tag, element.get("href")
    if tag == "link":
        return href if _is_followable(element) else None
    if tag == "frame":
        return element.get("src")
    if tag == "meta":
        refresh = (element.get("http-equiv") or "").strip().lower() == "refresh"
        match = _REFRESH.match(element.get("content") or "") if refresh else None
        return match[1] if match else None
    return href


def _sent_as(href: str, codec: str) -> str:
    """Browsers send a query in the page's own character set, and all else in UTF-8."""
    if href.isascii() or "?" not in href or codec.startswith("utf"):
        return href
    path, _, query = href.partition("?")
    return f"{path}?{quote(query.encode(codec, 'xmlcharrefreplace'), safe=_ASCII)}"


def _is_followable(link: etree._Element) -> bool:
    relation = (link.get("rel") or "").lower().split()
    # The canonical URL: for a print or AMP page that is the story.
    if "next" in relation or "prev" in relation or "canonical" in relation:
        return True
    mime = media_type(link.get("type")).name
    is_feed = mime in _FEED_TYPES or mime == _JSON_FEED
    return "feed" in relation or ("alternate" in relation and (is_feed or link.get("hreflang") is not None))


def _well_escaped(document: bytes) -> bytes:
    """A sitemap or feed with its ampersands escaped, so that an XML parser reads them as intended.

    Many programs write `?a=1&b=2` without `&amp;`, and `&eacute;` as if XML had HTML's entities. A recovering parser
    drops both, and with them part of the URL.
    """
    declares = b"<!ENTITY" in document[:10_000]
    if document.startswith(_UTF16) or declares or b"&" not in document:
        return document
    return _AMPERSAND.sub(_escaped, document)


def _escaped(match: re.Match[bytes]) -> bytes:
    text, name = match[0], match[1]
    if not text.startswith(b"&") or (name and (name in _OF_XML or name.startswith(b"#"))):
        return text
    character = html5.get(name.decode("ascii", "replace") + ";") if name else None
    if character is None:
        return b"&amp;" + text[1:]
    return b"".join(b"&#%d;" % ord(part) for part in character)


def _xml_entries(document: bytes) -> Iterator[_Entry]:
    """Sitemap locations and feed entries. Entities are not expanded, so an entity bomb is harmless."""
    elements = etree.iterparse(
        io.BytesIO(document),
        events=("end",),
        tag=("{*}url", "{*}sitemap", "{*}item", "{*}entry", "{*}link"),
        recover=True,
        resolve_entities=False,
        no_network=True,
        huge_tree=True,
    )
    try:
        for _, element in elements:
            name = _name(element)
            parent = element.getparent()
            if name == "link":
                if parent is not None and _name(parent) in ("channel", "feed", "rdf"):
                    yield from _links(element, None, None)
                continue  # those of an entry are yielded at its end
            yield from _entry(element, name)
            element.clear(keep_tail=False)
            while parent is not None and element.getprevious() is not None:
                del parent[0]
    except etree.XMLSyntaxError:
        return


def _entry(element: Any, name: str) -> Iterator[_Entry]:
    """One <url>, <sitemap>, <item> or <entry>: its URLs with its date."""
    texts: dict[str, str] = {}
    for child in element.iterchildren(etree.Element):
        texts.setdefault(_name(child), (child.text or "").strip())
    if name in ("url", "sitemap"):
        news = next((child for child in element.iterchildren("{*}news")), None)
        published = (
            next((node.text for node in news.iterchildren("{*}publication_date")), None) if news is not None else None
        )
        hint: Hint | None = "sitemap" if name == "sitemap" else "story" if news is not None else None
        if texts.get("loc"):
            yield element.base or "", texts["loc"], texts.get("lastmod") or published, hint
        return
    lastmod = next(
        (texts[key] for key in ("updated", "pubdate", "date", "published", "modified") if texts.get(key)), None
    )
    original = texts.get("origlink")  # the target of a feed service's counting redirect
    if original:
        yield element.base or "", original, lastmod, "story"
        return
    links = [entry for child in element.iterchildren("{*}link") for entry in _links(child, lastmod, "story")]
    guid = next(iter(element.iterchildren("{*}guid")), None)
    if not links and guid is not None and guid.get("isPermaLink") != "false" and "://" in (guid.text or ""):
        links = [(element.base or "", guid.text.strip(), lastmod, "story")]
    yield from links


def _links(link: Any, lastmod: str | None, hint: Hint | None) -> Iterator[_Entry]:
    """The URL in an RSS or an Atom link."""
    text = (link.text or "").strip()
    if text:
        yield link.base or "", text, lastmod, hint
    elif link.get("href"):
        relation = link.get("rel", "alternate")
        if relation in ("alternate", "next", "prev-archive"):
            yield link.base or "", link.get("href", ""), lastmod, hint if relation == "alternate" else None


def _name(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""
