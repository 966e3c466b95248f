"""The links of a page with their words, as absolute URLs; and the page's URLs in other languages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from archiver.model import Link
from archiver.urls import absolute_url, is_date_number

MAX_LINKS = 5000
_PLAIN_PATH = re.compile(r"/(?:[A-Za-z0-9_~-][A-Za-z0-9_.~/-]*)?(?:\?[A-Za-z0-9_=&.~-]*)?")
_PLAIN_URL = re.compile(
    r"(https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+)(/(?:[A-Za-z0-9_~-][A-Za-z0-9_.~/-]*)?(?:\?[A-Za-z0-9_=&.~-]*)?)?(?:#.*)?"
)
_SHORT_LINK = re.compile(r"(?:/|[?&]p=)(\d{1,18})/?$")  # /node/7697, /es/node/7697, ?p=7697
_NUMBER = re.compile(r"(?<!\d)\d{5,18}(?!\d)")


class Resolver:
    """Makes hrefs of one page absolute; caches them, because menus repeat."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self._base = base
        self._origin = absolute_url(base, "/") or ""
        self._origin = self._origin[:-1] if parts.query == "" or self._origin else self._origin
        self._known: dict[str, str | None] = {}

    def __call__(self, href: str) -> str | None:
        """The absolute URL, or None if it can't be fetched."""
        if href in self._known:
            return self._known[href]
        plain = _PLAIN_PATH.fullmatch(href)
        if plain and self._origin and "./" not in href and not href.endswith("."):
            found: str | None = self._origin + href
        elif (
            (match := _PLAIN_URL.fullmatch(href)) and len(match[1]) < 70 and "./" not in href and not href.endswith(".")
        ):
            found = match[1] + (match[2] or "/")
        else:
            found = absolute_url(self._base, href)
        self._known[href] = found
        return found


def links_of(tree: HtmlElement, resolve: Resolver, story: Iterable[HtmlElement]) -> tuple[Link, ...]:
    """Every pair of URL and words once; `story` holds the block elements whose text was kept."""
    found: dict[tuple[str, str], Link] = {}
    inner = {anchor for element in story for anchor in element.iter("a")}
    inner |= {above for element in story if (above := element.getparent()) is not None and above.tag == "a"}
    for anchor in tree.iter("a", "area"):
        href = anchor.get("href")
        if not href or href[0] == "#":
            continue
        url = resolve(href)
        if url is None:
            continue
        text = _words(anchor)
        inside = anchor in inner
        key = (url, text)
        known = found.get(key)
        if known is None or (inside and not known.in_story):
            found[key] = Link(url, text, inside)
            if len(found) >= MAX_LINKS:
                break
    return tuple(found.values())


def alternates_of(tree: HtmlElement, resolve: Resolver) -> tuple[tuple[str, str], ...]:
    """(language, URL) of the page's declared translations."""
    found: list[tuple[str, str]] = []
    for link in tree.iter("link"):
        language, href = link.get("hreflang"), link.get("href")
        if language and href and "alternate" in (link.get("rel") or "").lower():
            url = resolve(href)
            if url and (language, url) not in found and len(found) < 200:
                found.append((language, url))
    return tuple(found)


def shared_id_of(tree: HtmlElement, resolve: Resolver, url: str) -> str | None:
    """The number that may identify the story in all its languages: from its short link (as Drupal makes them:
    translations are one node), else five or more digits in its URL. The index checks whether other stories share it."""
    for link in tree.iter("link"):
        if "shortlink" in (link.get("rel") or "").lower().split():
            short = _SHORT_LINK.search(resolve(link.get("href") or "") or "")
            if short:
                return f"link {short[1]}"
    numbers = [found for found in _NUMBER.findall(urlsplit(url).path) if not is_date_number(found)]
    return f"url {numbers[-1]}" if numbers else None


def _words(anchor: HtmlElement) -> str:
    text = anchor.text if len(anchor) == 0 else "".join(anchor.itertext())
    words = " ".join((text or "").split())
    if words:
        return words[:500]
    image = anchor.find(".//img")
    label = anchor.get("title") or anchor.get("aria-label") or (image.get("alt") if image is not None else "") or ""
    return " ".join(label.split())[:500]
