"""Which URLs a fetched document leads to: the links of an HTML page, the entries of a sitemap or of a feed.

Pure functions over bytes. Broken documents give what can be read of them.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from functools import lru_cache

from lxml import etree, html

from archiver.urls import absolute_url

MAX_LINKS = 50_000  # the sitemap protocol's limit for one file; no honest page has more
_MAX_DOCUMENT = 50 * 2**20  # the sitemap protocol's limit for one file, uncompressed
_XML_START = re.compile(rb"^\s*(?:\xef\xbb\xbf)?\s*<(?:\?xml|rss|feed|urlset|sitemapindex|rdf:RDF)", re.IGNORECASE)


def links_of(body: bytes, url: str, mime: str | None) -> list[str]:
    """Absolute http(s) URLs that a document links to, in order, each once."""
    document = _inflated(body)
    if _XML_START.match(document[:200]) and b"<html" not in document[:2000].lower():
        hrefs = _xml_links(document)
    elif mime in (None, "text/html", "application/xhtml+xml"):
        hrefs = _html_links(document)
    else:
        return []
    found: dict[str, None] = {}
    for base, href in hrefs:
        target = _absolute(_absolute(url, base) or url if base else url, href)
        if target is not None:
            found.setdefault(target)
        if len(found) >= MAX_LINKS:
            break
    return list(found)


# A site's menus stand on every page: the same few hundred links are resolved again and again.
_absolute = lru_cache(maxsize=20_000)(absolute_url)


def _inflated(body: bytes) -> bytes:
    """Sitemaps come as .gz files whatever the transfer's own coding was."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    inflater = zlib.decompressobj(wbits=31)
    try:
        return inflater.decompress(body, _MAX_DOCUMENT)
    except zlib.error:
        return b""


def _html_links(document: bytes) -> Iterator[tuple[str, str]]:
    """(base, href) of what a reader can follow and of feeds and next pages that the head announces."""
    try:
        root = html.document_fromstring(document, parser=html.HTMLParser(huge_tree=True))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return
    base = next((element.get("href", "") for element in root.iter("base")), "")
    for element in root.iter("a", "area", "link"):
        href = element.get("href")
        if href and (element.tag != "link" or _is_followable(element)):
            yield base, href


def _is_followable(link: html.HtmlElement) -> bool:
    relation = (link.get("rel") or "").lower().split()
    if "next" in relation or "prev" in relation:
        return True
    return "alternate" in relation and (link.get("type") in _FEED_TYPES or link.get("hreflang") is not None)


_FEED_TYPES = ("application/rss+xml", "application/atom+xml")


def _xml_links(document: bytes) -> Iterator[tuple[str, str]]:
    """(base, href) of sitemap locations and feed entries. Entities are not expanded: a bomb stays one reference."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError):
        return
    if root is None:
        return
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        name = etree.QName(element).localname.lower()
        base = element.base or ""
        parent = element.getparent()
        parent_name = etree.QName(parent).localname.lower() if parent is not None else ""
        if (name == "loc" and parent_name in ("url", "sitemap")) or (name == "link" and element.text):
            yield base, (element.text or "").strip()
        elif name == "link" and element.get("href") and element.get("rel", "alternate") in ("alternate", "next"):
            yield base, element.get("href", "")
