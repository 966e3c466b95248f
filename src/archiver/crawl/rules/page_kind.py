"""Whether a URL is a story or another page: the only place where a crawl decides this. Pure functions.

The first decision uses the URL and where it was found (`kind_of_address`), the second its page (`kind_of`). They
determine when a page is re-fetched and what a crawl counts as a story. Whether it is a story of the archive is decided
by the index, from its text.
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
    """What a crawl knows about a page besides its bytes."""

    called_story: bool = False  # by a feed or a news sitemap, perhaps while the page was in flight
    has_rule: bool = False  # the site has an `article_url`
    behind_story: bool = False  # the URL of a story redirects to it
    one_of_many: bool = False  # pages of one pattern, each with a text of its own and few links (`Traps.visited`)


def kind_of_address(site: Site, url: str, hint: Hint | None, found_on: str | None = None) -> Kind:
    """`article` or `page`, by the site's pattern; without a pattern by where the URL was found, then by its form.

    Pages below a story's URL, such as a page for each picture, are not separate stories.
    """
    by_rule = site.is_article_url(url)
    if by_rule is not None:
        return "article" if by_rule else "page"
    if hint == "story":
        return "article"
    shaped = hint is None and has_article_shape(url)
    return "article" if shaped and not (found_on and is_part_of_story(url, found_on)) else "page"


def kind_of(task: Task, sketch: PageSketch | None, known: KnownOfPage) -> Kind:
    """The kind of a fetched URL. Only a `page` can become an `article`. `sketch` is None if it was not read yet."""
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
