"""Values selected by a site's layout, which override what the general extractor would find, field by field."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from cssselect import SelectorError
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from archiver.extract.authors import clean_authors
from archiver.extract.dates import parse_date, parse_format
from archiver.extract.decode import fold
from archiver.extract.linear import linear_blocks
from archiver.extract.metadata import Described
from archiver.extract.page import Page, remove_element
from archiver.extract.publication import Dates
from archiver.extract.titles import key_of
from archiver.layout import Layout
from archiver.model import Block, RemovedBlock


@dataclass(frozen=True, slots=True)
class Selected:
    """The values found by a layout's selectors; empty if they found none."""

    title: str = ""
    authors: tuple[str, ...] = ()
    section: str = ""
    tags: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    body: tuple[HtmlElement, ...] = ()
    dropped: tuple[RemovedBlock, ...] = ()


def select(page: Page, layout: Layout | None) -> Selected:
    """Removes the elements that the layout drops, then reads those that it selects."""
    if layout is None:
        return Selected()
    tree = page.tree
    dropped = []
    for selector in layout.drop:
        for element in _matches(tree, selector):
            text = fold(" ".join(element.itertext()))
            if text:
                dropped.append(RemovedBlock(Block("paragraph", text), "layout"))
            remove_element(element)
    return Selected(
        title=next(iter(_texts(tree, layout.title)), ""),
        authors=clean_authors(_texts(tree, layout.author)),
        section=next(iter(_texts(tree, layout.section)), ""),
        tags=tuple(dict.fromkeys(_texts(tree, layout.tags))),
        captions=tuple(dict.fromkeys(_texts(tree, layout.caption))),
        dates=tuple(_dates(tree, layout.date)),
        body=tuple(_outermost(_matches(tree, layout.body))),
        dropped=tuple(dropped),
    )


def with_selected(described: Described, selected: Selected) -> Described:
    """The description, overridden by the layout's values."""
    keys = described.title_keys | ({key_of(selected.title)} if selected.title else frozenset())
    return replace(
        described,
        title=selected.title or described.title,
        title_keys=keys,
        authors=selected.authors or described.authors,
        section=selected.section or described.section,
        tags=selected.tags or described.tags,
    )


def selected_dates(
    selected: Selected, layout: Layout | None, captured_at: datetime, zone: str | None, found: Dates
) -> Dates:
    """The dates, with the selected one as date of publication if it is valid."""
    for raw in selected.dates:
        formats = layout.date_formats if layout else ()
        iso = next((iso for form in formats if (iso := parse_format(raw, form, captured_at, zone))), None)
        iso = iso or parse_date(raw, captured_at, zone=zone)
        if iso:
            return Dates(iso, "layout", raw, found.modified)
    return found


def selected_blocks(selected: Selected) -> tuple[Block, ...]:
    """The text of the elements that the layout selects as the story's body."""
    return tuple(block for element in selected.body for block in linear_blocks(element))


def _matches(tree: HtmlElement, selector: str) -> list[HtmlElement]:
    if not selector:
        return []
    try:
        return list(CSSSelector(selector, translator="html")(tree))
    except SelectorError:
        return []


def _texts(tree: HtmlElement, selector: str) -> list[str]:
    found = (fold(element.get("content") or " ".join(element.itertext())) for element in _matches(tree, selector)[:50])
    return [text for text in found if text]


def _dates(tree: HtmlElement, selector: str) -> list[str]:
    found: list[str] = []
    for element in _matches(tree, selector)[:10]:
        values = (element.get("datetime"), element.get("content"), " ".join(element.itertext()))
        found += [fold(value) for value in values if value and value.strip()]
    return found


def _outermost(elements: list[HtmlElement]) -> list[HtmlElement]:
    chosen = set(elements)
    return [element for element in elements if not any(above in chosen for above in element.iterancestors())]
