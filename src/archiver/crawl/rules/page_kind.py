"""Whether a URL is a story's, or a page that leads to some: the one place where a crawl decides it. Pure functions.

First by its address and by what named it (`kind_of_address`), then by its page (`kind_of`). It decides when a page is
fetched again and what counts as a story of the crawl; what is a story of the archive, the index judges by its text.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from archiver.crawl.signs.sketch import PageSketch
from archiver.discovery import Hint
from archiver.frontier import Kind, Task
from archiver.layout import Site
from archiver.urls import has_article_shape, is_part_of_story


@dataclass(frozen=True, slots=True)
class KnownOfPage:
    """What a crawl knows of a page beside its own bytes."""

    called_story: bool = False  # by a feed or a news sitemap, perhaps while the page was on its way
    has_rule: bool = False  # the site's `article_url` says which addresses are stories
    behind_story: bool = False  # the address of a story redirects to it
    one_of_many: bool = False  # pages of one pattern, each with a text of its own and few links (`Traps.visited`)


def kind_of_address(site: Site, url: str, hint: Hint | None, found_on: str | None = None) -> Kind:
    """`article` or `page`, by the site's rule; where it has none, by what named the URL, then by its shape.

    What a story has below its own address, such as a page for each picture, is no further story.
    """
    by_rule = site.is_article_url(url)
    if by_rule is not None:
        return "article" if by_rule else "page"
    if hint == "story":
        return "article"
    shaped = hint is None and has_article_shape(url)
    return "article" if shaped and not (found_on and is_part_of_story(url, found_on)) else "page"


def kind_of(task: Task, sketch: PageSketch | None, known: KnownOfPage) -> Kind:
    """What a fetched URL is. Only a `page` may turn out to be an `article`. `sketch` is None before its page was
    read."""
    if task.kind != "page":
        return task.kind
    if known.called_story:
        return "article"
    if known.has_rule or sketch is None:
        return "page"
    if known.one_of_many and not sketch.lists_stories:
        return "article"
    if _is_front_page(task.url):
        return "page"
    renamed = known.behind_story and sketch.has_text and not sketch.lists_stories
    return "article" if renamed or sketch.declares_story else "page"


def _is_front_page(url: str) -> bool:
    """Of whatever host or language."""
    parts = urlsplit(url)
    return not parts.query and len(parts.path.strip("/")) <= 2
