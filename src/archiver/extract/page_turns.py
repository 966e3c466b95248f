"""The previous and next page of a page that is one of several of a story."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from archiver.extract.links import Resolver
from archiver.extract.page import Page
from archiver.urls import page_of_document

_MOST = 60
_NEXT = (
    r"next(?: page)?|continue(?:d)?(?: reading)?|p[áa]gina siguiente|siguiente(?: p[áa]gina)?|"
    r"pr[óo]xima(?: p[áa]gina)?|page suivante|suivante?|weiter|n[äa]chste seite|pagina successiva|avanti|"
    r"volgende(?: pagina)?"
)
_NUMBER = r"[\[(]?(?:(?:page|p[áa]gina|seite|pag\.?|p\.)\s*)?\d{1,2}[\])]?"
_MARK = re.compile(rf"{_NUMBER}|(?:{_NEXT})?\s*[»›→>]*", re.IGNORECASE)
_LONGEST_MARK = 40


def turns_of(page: Page, resolve: Resolver) -> tuple[tuple[str, str], ...]:
    """(source, absolute URL): `prev` and `next` by rel, and `page` for links labelled with a page number or a word for
    the next page, whose URLs differ from the page's own only in that number."""
    found: dict[tuple[str, str], None] = {}
    document, number = page_of_document(page.url.partition("#")[0])
    for element in page.tree.iter("link", "a"):
        href = element.get("href")
        if not href or href[0] == "#":
            continue
        relations = (element.get("rel") or "").lower().split()
        witnesses: list[str] = [relation for relation in ("prev", "next") if relation in relations]
        if not witnesses and (element.tag == "link" or not _is_mark(_label(element))):
            continue
        url = resolve(href)
        if url is None:
            continue
        if not witnesses:
            other, other_number = page_of_document(url)
            witnesses = ["page"] if other == document and other_number != number else []
        for witness in witnesses:
            found[witness, url] = None
        if len(found) >= _MOST:
            break
    return tuple(found)


def _label(anchor: HtmlElement) -> str:
    return str(anchor.text_content()) if len(anchor) else anchor.text or ""


def _is_mark(text: str) -> bool:
    words = text.strip()
    return 0 < len(words) <= _LONGEST_MARK and _MARK.fullmatch(words) is not None
