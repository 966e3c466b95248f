"""One parse of a page, shared by text, metadata and links, with limits on the cost of a hostile page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from archiver.extract.decode import fold, to_utf8
from archiver.extract.jsonld import Node, page_nodes
from archiver.extract.markup import normalise
from archiver.html_end import without_end_tags
from archiver.model import RemovedBlock
from archiver.urls import absolute_url

MAX_BYTES = 20_000_000
# libxml2 stops at these depths and silently drops the rest.
_USUAL_DEPTH, _HUGE_DEPTH = 255, 2048
# Thousands of attributes in one tag cost quadratic time and carry no information; neither do inline images.
_LONG_TAG = re.compile(rb"<([a-zA-Z][a-zA-Z0-9]{0,15})[\s/][^<>]{30000,}>?")
_SELF_CLOSED_HTML = re.compile(rb"(<html\b[^<>]{0,2000}?)\s*/>", re.IGNORECASE)
_XML_DECLARATION = re.compile(rb"^\s*<\?xml[^>]{0,300}\?>")
# lxml.html chooses the class of each element in Python on each access: a tenth of an extraction's time. The features of
# its form and label classes are not needed here.
_ONE_CLASS = etree.ElementDefaultClassLookup(element=HtmlElement)
_NO_TEXT = ("script", "style", "template")


class TooDeepError(ValueError):
    """The page nests deeper than the parsers can follow."""


@dataclass(slots=True)
class Page:
    """A parsed page. The tree belongs to one extraction, whose later steps may change it."""

    url: str
    tree: HtmlElement
    base: str
    json_ld: list[Node] = field(default_factory=list)
    metas: dict[str, list[str]] = field(default_factory=dict)
    elements: int = 0
    left_out: tuple[RemovedBlock, ...] = ()  # blocks that the page strikes out or hides

    @property
    def body(self) -> HtmlElement:
        """The <body>, or the whole tree if the page has none."""
        found = self.tree.find("body")
        return found if found is not None else self.tree

    def meta(self, *names: str) -> str | None:
        """The first non-empty <meta> with one of these names (property, name or itemprop), in the order given."""
        return next((value for name in names for value in self.metas.get(name, ())), None)


def open_page(payload: bytes | str, url: str, charset: str | None = None) -> Page | None:
    """Parses a page; None if there is no markup at all. Raises TooDeepError."""
    data = to_utf8(payload, charset, url)
    if not data.strip():
        return None
    tree = _parse(data)
    if tree is None:
        return None
    page = Page(url=url, tree=tree, base=_base_of(tree, url))
    page.json_ld = page_nodes(_json_scripts(tree))
    page.metas = _metas(tree)
    page.left_out = normalise(tree)
    for element in list(tree.iter(*_NO_TEXT)):
        remove_element(element)
    page.elements = int(tree.xpath("count(.//*)"))
    return page


def _parse(data: bytes) -> HtmlElement | None:
    head = _XML_DECLARATION.sub(b"", data[:5000], count=1)
    data = without_end_tags(_SELF_CLOSED_HTML.sub(rb"\1>", head, count=1) + data[5000:])
    if max(map(len, data.split(b"<"))) > 30_000:
        data = _LONG_TAG.sub(rb"<\1>", data)
    for huge in (False, True):
        parser = HTMLParser(
            collect_ids=False,
            default_doctype=False,
            remove_comments=True,
            remove_pis=True,
            huge_tree=huge,
            encoding="utf-8",
        )
        parser.set_element_class_lookup(_ONE_CLASS)
        try:
            tree = document_fromstring(data, parser=parser, ensure_head_body=False)
        except (etree.ParserError, etree.XMLSyntaxError):
            return None
        if not _gave_up(parser):
            return tree
    raise TooDeepError(f"nested deeper than {_HUGE_DEPTH} elements")


def _gave_up(parser: Any) -> bool:
    return any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log)


def _base_of(tree: HtmlElement, url: str) -> str:
    element = tree.find(".//base[@href]")
    if element is None:
        return url
    try:
        base = absolute_url(url, urljoin(url, element.get("href") or ""))
    except ValueError:
        return url
    return base or url


def _json_scripts(tree: HtmlElement) -> list[str]:
    return [
        script.text
        for script in tree.iter("script")
        if script.text and "ld+json" in (script.get("type") or "").lower() and len(script.text) < 5_000_000
    ]


def _metas(tree: HtmlElement) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for count, meta in enumerate(tree.iter("meta")):
        if count > 2000:
            break
        content = meta.get("content")
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv")
        if content and name and (content := fold(content)):
            found.setdefault(name.strip().lower(), []).append(content)
    return found


def remove_element(element: HtmlElement) -> None:
    """Removes an element but keeps the text after it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        previous = element.getprevious()
        if previous is None:
            parent.text = (parent.text or "") + element.tail
        else:
            previous.tail = (previous.tail or "") + element.tail
    parent.remove(element)
