"""The page requisites of a page or a stylesheet: images, stylesheets, scripts, fonts. Pure functions.

Video is left out because it is large, and frames because they are pages. Every pattern takes linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree, html

from archiver.html_end import without_end_tags
from archiver.urls import absolute_url

MOST = 1000  # of one document that are read at all
_MAX_DOCUMENT = 20 * 2**20
_LINKED = frozenset(
    {"stylesheet", "icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon", "preload", "modulepreload"}
)
_NOT_PRELOADED = frozenset({"audio", "video", "track", "document", "fetch"})
# Images that scripts load lazily: replay runs these scripts.
_SOURCES = ("src", "data-src", "data-lazy-src", "data-original")
_SETS = ("srcset", "data-srcset", "data-lazy-srcset")
_XLINK = "{http://www.w3.org/1999/xlink}href"
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_CSS_NAMESPACE = re.compile(r"@namespace[^;{}]*;?", re.IGNORECASE)  # its URL is only a name
_CSS_ADDRESS = re.compile(
    r"""url\(\s*(?:"([^"\n]*)"|'([^'\n]*)'|((?:\\.|[^\s"'()\\])+))|@import\s*(?:"([^"\n]*)"|'([^'\n]*)')""",
    re.IGNORECASE,
)
_CSS_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|([^\n]))")


def requisites_of(body: bytes, url: str, mime: str | None) -> list[str]:
    """The absolute http(s) URLs that an HTML page or a stylesheet needs, in order, without duplicates."""
    body = body[:_MAX_DOCUMENT]
    if mime == "text/css":
        base, addresses = url, _in_css(body.decode("utf-8-sig", "replace"))
    elif mime in (None, "text/html", "application/xhtml+xml"):
        root = _root(body)
        if root is None:
            return []
        stated = next((element.get("href", "") for element in root.iter("base")), "")
        base, addresses = absolute_url(url, stated) or url, _in_html(root)
    else:
        return []
    found: dict[str, None] = {}
    for address in addresses:
        target = _absolute(base, address)
        if target is not None and target != url:
            found[target] = None
            if len(found) >= MOST:
                break
    return list(found)


def srcset_urls(srcset: str) -> Iterator[str]:
    """The URLs of an image's candidates (srcset), as in browsers: a URL may contain commas, but not end with one."""
    position, end = 0, len(srcset)
    while position < end:
        while position < end and (srcset[position].isspace() or srcset[position] == ","):
            position += 1
        start = position
        while position < end and not srcset[position].isspace():
            position += 1
        address = srcset[start:position]
        if not address.endswith(","):
            comma = srcset.find(",", position)  # behind the descriptor: 2x, 640w
            position = comma if comma >= 0 else end
        if address.rstrip(","):
            yield address.rstrip(",")


def _absolute(base: str, address: str) -> str | None:
    address = address.strip()
    if not address or address.startswith("#") or address[:5].lower() == "data:":
        return None
    return absolute_url(base, address)


def _root(document: bytes) -> html.HtmlElement | None:
    try:
        return html.document_fromstring(without_end_tags(document), parser=html.HTMLParser(huge_tree=True))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _in_html(root: html.HtmlElement) -> Iterator[str]:
    for element in root.iter(etree.Element):
        tag = element.tag
        if tag == "link":
            yield from _of_link(element)
        elif tag == "style":
            yield from _in_css(element.text or "")
        elif tag in ("img", "source"):
            # The other sources are those of video and audio.
            if tag == "img":
                yield from (element.get(name, "") for name in _SOURCES)
            for name in _SETS:
                yield from srcset_urls(element.get(name, ""))
        elif tag == "video":
            yield element.get("poster", "")
        elif tag == "script" or (tag == "input" and element.get("type", "").lower() == "image"):
            yield element.get("src", "")
        elif tag in ("image", "use"):  # of an SVG
            yield element.get("href") or element.get("xlink:href") or element.get(_XLINK) or ""
        elif tag in ("body", "table", "td"):
            yield element.get("background", "")
        style = element.get("style")
        if style and "(" in style:
            yield from _in_css(style)


def _of_link(link: html.HtmlElement) -> Iterator[str]:
    if _LINKED.isdisjoint((link.get("rel") or "").lower().split()):
        return
    if (link.get("as") or "").lower() not in _NOT_PRELOADED:
        yield link.get("href", "")
        yield from srcset_urls(link.get("imagesrcset", ""))


def _in_css(css: str) -> Iterator[str]:
    css = _CSS_NAMESPACE.sub("", _CSS_COMMENT.sub(" ", css))
    for match in _CSS_ADDRESS.finditer(css):
        yield _CSS_ESCAPE.sub(_unescaped, next((group for group in match.groups() if group), ""))


def _unescaped(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[2]
    number = int(match[1], 16)
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
