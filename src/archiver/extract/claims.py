"""The URLs that a page claims as its own, each with its source. The index decides which claims to trust."""

from __future__ import annotations

from collections.abc import Iterator

from archiver.extract.jsonld import Node
from archiver.extract.links import Resolver
from archiver.extract.page import Page

_MOST = 3  # URLs per source: a source with more identifies none


def claims_of(page: Page, article: Node, resolve: Resolver) -> tuple[tuple[str, str], ...]:
    """(source, absolute URL): `canonical` (link element), `og:url`, and `@id` (JSON-LD), each URL once."""
    found: dict[tuple[str, str], None] = {}
    for witness, href in _stated(page, article):
        url = resolve(href.strip()) if href else None
        if url:
            found[witness, url] = None
    return tuple(found)


def _stated(page: Page, article: Node) -> Iterator[tuple[str, str | None]]:
    for link in page.tree.findall(".//link[@rel='canonical']")[:_MOST]:
        yield "canonical", link.get("href")
    for value in page.metas.get("og:url", ())[:_MOST]:
        yield "og:url", value
    entity = article.get("mainEntityOfPage")
    named = (entity.get("@id") if isinstance(entity, dict) else entity, article.get("@id"), article.get("url"))
    yield "@id", next((url for url in named if isinstance(url, str) and url.startswith(("http://", "https://"))), None)
