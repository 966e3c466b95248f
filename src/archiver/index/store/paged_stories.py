"""The text of a story in several pages: the pages' texts joined in their order.

A page seen for the first time is not an edit, because it may have existed before. So each version contains all pages,
and pages not yet seen as they were first seen. A new version begins when a known page changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from archiver.index.store.captures import Fresh
from archiver.index.store.packing import text_hash
from archiver.index.store.states import StoryCapture
from archiver.model import Article


@dataclass(frozen=True, slots=True)
class PageChange:
    """A capture at which a page's title or text changed, or was seen for the first time; and what each page shows from
    then on."""

    capture: StoryCapture
    is_first: bool
    shown: Mapping[int, StoryCapture]


def page_changes(
    captures: Iterable[StoryCapture], starts: Callable[[list[StoryCapture]], list[StoryCapture]]
) -> list[PageChange]:
    """The page changes of a story, in order of its captures. `starts` selects the captures of one page at which it
    changed, including the first."""
    captures = list(captures)
    by_page: dict[int, list[StoryCapture]] = {}
    for capture in captures:
        by_page.setdefault(capture.page or 1, []).append(capture)
    shown = {page: found[0] for page, found in sorted(by_page.items())}
    changes = {start.capture_id for found in by_page.values() for start in starts(found)}
    firsts = {first.capture_id for first in shown.values()}
    found_changes: list[PageChange] = []
    for capture in captures:
        if capture.capture_id in changes:
            shown = shown | {capture.page or 1: capture}
            found_changes.append(PageChange(capture, capture.capture_id in firsts, shown))
    return found_changes


def latest_of(captures: Iterable[StoryCapture]) -> dict[int, StoryCapture]:
    """The latest capture of each page."""
    return dict(sorted({capture.page or 1: capture for capture in captures}.items()))


def joined(shown: Mapping[int, StoryCapture], clean: Callable[[StoryCapture], Fresh]) -> Fresh:
    """The story as one article: the first page's headline and dates, and the text, links and pictures of all pages."""
    articles = [clean(seen).article for _, seen in sorted(shown.items())]
    if len(articles) == 1:
        return clean(next(iter(shown.values())))
    article = _join(articles)
    text = article.text
    return Fresh(article, text, text_hash(text))


def _join(pages: list[Article]) -> Article:
    dated = next((page for page in pages if page.date_published), pages[0])
    return replace(
        pages[0],
        blocks=tuple(block for page in pages for block in page.blocks),
        removed=tuple(entry for page in pages for entry in page.removed),
        images=tuple(dict.fromkeys(image for page in pages for image in page.images)),
        links=tuple(dict.fromkeys(link for page in pages for link in page.links)),
        authors=next((page.authors for page in pages if page.authors), ()),
        date_published=dated.date_published,
        date_published_source=dated.date_published_source,
        date_published_raw=dated.date_published_raw,
        date_modified=max((page.date_modified for page in pages if page.date_modified), default=None),
    )
