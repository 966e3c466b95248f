"""The values in which a page declares its authors: JSON-LD and <meta>."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archiver.extract.authors import split_names
from archiver.extract.decode import plain
from archiver.extract.jsonld import Node, as_list, resolve, text_of_value, types_of
from archiver.extract.page import Page

_META = (
    "author", "article:author", "og:author", "og:article:author", "parsely-author", "sailthru.author", "byl",
    "dc.creator", "dcterms.creator", "dc.contributor", "citation_author", "article:author_name", "cxenseparse:author",
    "vf:author", "twitter:data1",
)  # fmt: skip
_PLACES = frozenset({"place", "city", "country", "postaladdress"})
_LAST_NAME_FIRST = frozenset({"citation_author", "dc.creator", "dcterms.creator"})


def declared_in_json(article: Node, nodes: list[Node]) -> Iterator[str]:
    """The values of the story's JSON-LD node that name authors."""
    for key in ("author", "creator", "contributor"):
        names = [name for value in as_list(article.get(key)) for name in _names_in(value, nodes)]
        if any(split_names(name) for name in names):
            yield from names
            return


def _names_in(value: Any, nodes: list[Node], depth: int = 0) -> Iterator[str]:
    """The names in a value of `author`: a text, a Person, a reference to one, or a list of these."""
    node = resolve(value, nodes)
    if isinstance(node, str):
        yield plain(node)
    elif isinstance(node, list) and depth < 3:
        for entry in node[:50]:
            yield from _names_in(entry, nodes, depth + 1)
    elif isinstance(node, dict) and not types_of(node) & _PLACES:
        parts = [text_of_value(node.get(key)) for key in ("givenName", "additionalName", "familyName")]
        given = " ".join(part for part in parts if part) if parts[0] and parts[2] else None
        if node.get("name"):
            yield from _names_in(node["name"], nodes, depth + 1) if depth < 3 else ()
        elif given:
            yield given
        else:
            alone = text_of_value(node.get("@value", node.get("alternateName", node.get("author"))))
            if alone:
                yield alone


def declared_in_meta(page: Page) -> Iterator[str]:
    """The values of the first kind of <meta> that names authors."""
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
