"""The URL that a page claims as its own."""

from __future__ import annotations

import re
from html import unescape

from archiver.urls import absolute_url

_SCANNED = 100_000
_LINK = re.compile(rb"<link\b[^<>]*>", re.IGNORECASE)
_REL = re.compile(rb"""\brel\s*=\s*["']?canonical["'\s>/]""", re.IGNORECASE)
_HREF = re.compile(rb"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", re.IGNORECASE)


def canonical_link(body: bytes, url: str) -> str | None:
    """The URL that a page's head claims as its own."""
    for match in _LINK.finditer(body[:_SCANNED]):
        if _REL.search(match[0]) and (href := _HREF.search(match[0])):
            written = next((group for group in href.groups() if group is not None), b"")
            return absolute_url(url, unescape(written.decode("utf-8", "replace")))
    return None
