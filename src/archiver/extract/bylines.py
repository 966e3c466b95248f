"""Where a page says who wrote its story: JSON-LD, meta elements, marked elements, and the byline beside the headline."""

# ruff: noqa: E501 - lists of words and phrases read better unbroken
from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from lxml.etree import XPath
from lxml.html import HtmlElement

from archiver.extract.authors import clean_authors, is_byline, is_name, names_in_byline, split_names
from archiver.extract.jsonld import Node, as_list, resolve, text_of_value
from archiver.extract.lines import Line
from archiver.extract.page import Page
from archiver.extract.titles import title_position

_META = (
    "author", "article:author", "og:article:author", "parsely-author", "sailthru.author", "byl", "dc.creator",
    "dcterms.creator", "dc.contributor", "citation_author", "article:author_name", "twitter:data1",
)  # fmt: skip
_LAST_NAME_FIRST = frozenset({"citation_author", "dc.creator", "dcterms.creator"})
_EXPLICIT = XPath(".//*[@itemprop='author' or @rel='author' or contains(@rel, 'author ') or @data-author-name]")
_AUTHOR_LINKS = XPath(
    ".//a[contains(@href, '/author') or contains(@href, '/autor') or contains(@href, '/contributor') or contains(@href, '/writer')"
    " or contains(@href, '/profile/') or contains(@href, '/people/') or contains(@href, '/staff/') or contains(@href, '/by/')]"
)
_BYLINE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:by-?line|author|autor|writer|creator)(?:s|names?|link)?(?:$|[\s_-])|author[-_]{0,2}name|by-?line|written-?by|posted-?by",
    re.IGNORECASE,
)
_NOT_BYLINE = re.compile(
    r"bio|about|social|avatar|image|photo|pic|related|comment|desc|twitter|title|job|role|card-", re.IGNORECASE
)
_COMMENTS = re.compile(r"comment(?!ary)|reply|related|recommend|sidebar|review-|testimonial", re.IGNORECASE)


def authors_of(
    page: Page, article: Node, lines: list[Line], site_names: tuple[str, ...], title: str
) -> tuple[str, ...]:
    """The authors by the first source that names any. The publisher counts only where nobody else is named."""
    sources: tuple[Callable[[], Iterator[str]], ...] = (
        lambda: _declared_in_json(article, page.json_ld),
        lambda: _declared_in_meta(page),
        lambda: _marked(page.tree),
        lambda: _beside_title(lines, title),
        lambda: _author_links(page.tree),
    )
    publisher: tuple[str, ...] = ()
    for source in sources:
        raw = list(source())
        found = clean_authors(raw, site_names)
        if found:
            return found
        publisher = publisher or clean_authors(raw)
    return publisher


def _declared_in_json(article: Node, nodes: list[Node]) -> Iterator[str]:
    for key in ("author", "creator"):
        found = False
        for value in as_list(article.get(key)):
            node = resolve(value, nodes)
            for name in as_list(node.get("name") if isinstance(node, dict) else node):
                if isinstance(name, str) and name.strip():
                    found = True
                    yield text_of_value(name) or ""
        if found:
            return


def _declared_in_meta(page: Page) -> Iterator[str]:
    for name in _META:
        values = [value for value in page.metas.get(name, ()) if "://" not in value and not value.isdigit()]
        if name == "twitter:data1" and "written by" not in " ".join(page.metas.get("twitter:label1", ())).lower():
            continue
        if name in _LAST_NAME_FIRST:
            values = [_turned(value) for value in values]
        if any(split_names(value) for value in values):
            yield from values
            return


def _turned(value: str) -> str:
    last, comma, first = value.partition(", ")
    return (
        f"{first} {last}"
        if comma and "," not in first and len(last.split()) <= 2 and len(first.split()) <= 3
        else value
    )


def _marked(tree: HtmlElement) -> Iterator[str]:
    """Elements that say they hold the author's name: itemprop and rel."""
    found = False
    for element in _EXPLICIT(tree)[:20]:
        if _in_comments(element):
            continue
        inner = element.find(".//*[@itemprop='name']")
        holder = inner if inner is not None else element
        text = " ".join((holder.get("content") or " ".join(holder.itertext())).split())
        if 1 < len(text) < 100 and any(is_name(name) for name in split_names(text)):
            found = True
            yield text
        elif found:
            return


def _beside_title(lines: list[Line], title: str) -> Iterator[str]:
    """A line that says "By ..." or is marked as byline, near the title before it is looked for further down."""
    start = title_position(lines, title) or 0
    near = [*lines[start : start + 25], *reversed(lines[max(0, start - 6) : start])]
    for line in near:
        names = _names_of(line)
        if names:
            yield from names
            return
    for line in lines[start + 25 :]:
        if len(line.text) <= 80 and _is_marked(line.element) and not _in_comments(line.element):
            names = _names_of(line)
            if names:
                yield from names
                return


def _names_of(line: Line) -> list[str]:
    if len(line.text) > 150:
        return []
    if is_byline(line.text) or _is_marked(line.element):
        return names_in_byline(" ".join(_distinct(line)))
    return []


def _distinct(line: Line) -> Iterator[str]:
    for node in line.nodes:
        yield str(node)


def _author_links(tree: HtmlElement) -> Iterator[str]:
    for element in _AUTHOR_LINKS(tree)[:30]:
        text = " ".join("".join(element.itertext()).split())
        names = names_in_byline(text) if 3 < len(text) < 60 and not _in_comments(element) else []
        if names:
            yield from names
            return


def _is_marked(element: HtmlElement) -> bool:
    for member in (element, element.getparent()):
        if member is None:
            continue
        classes = member.get("class") or ""
        if _BYLINE_CLASS.search(classes) and not _NOT_BYLINE.search(classes):
            return True
    return False


def _in_comments(element: HtmlElement) -> bool:
    return any(
        _COMMENTS.search(f"{ancestor.get('class') or ''} {ancestor.get('id') or ''}")
        for ancestor in element.iterancestors("div", "section", "ol", "ul", "li", "aside", "article")
    )
