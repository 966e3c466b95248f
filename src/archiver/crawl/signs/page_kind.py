"""Whether a URL is a story or another page: the only place where a crawl decides this. Pure functions of evidence, in
the order in which they are called:

1. `kind_of_address`: a link was found.
2. `kind_when_judged_again`, `kind_of_target`: a queued URL under new rules, the target of a redirect.
3. `kind_when_listed`: a feed may have listed a page as a story while it was in flight.
4. `has_text_of_story`, `is_story_like_wall`: a page's own sentences, compared with the crawl's other pages.
5. `kind_of`: the page was fetched.

They determine when a page is re-fetched and what a crawl counts as a story. Whether it is a story of the archive is
decided by the index, from its text (`extract/kind.py`). Both use the site's own rule, `Site.is_article_url`, first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from archiver.crawl.signs.sentences import TEXT_OF_ITS_OWN
from archiver.crawl.signs.sketch import PageSketch
from archiver.crawl.signs.wall_signs import WallSign
from archiver.discovery import Hint
from archiver.frontier import Kind, Task
from archiver.layout import Site
from archiver.urls import has_article_shape, is_part_of_story

_TEXT_OF_A_STORY = 800  # bytes of letters in sentences that no page of the pattern has
_TEXT_FOR_A_LINK = 150  # more for each link, because a list with excerpts has a text, too

# Why a page counts as a story: the site's rule, the form of its URL, a feed or news sitemap, its page at an earlier
# fetch; or its current page: pages of one pattern with their own texts, the target of a story's URL, its metadata.
StorySign = Literal["rule", "address", "feed", "earlier", "alike", "redirected", "declared"]


@dataclass(frozen=True, slots=True)
class PageEvidence:
    """What a crawl knows about a fetched page. `task.kind` is its kind when queued, or according to a feed since
    then."""

    task: Task
    sketch: PageSketch
    has_rule: bool = False  # the site has an `article_url`
    behind_story: bool = False  # the URL of a story redirects to it
    one_of_many: bool = False  # pages of one pattern, each with a text of its own and few links (`Traps.visited`)


@dataclass(frozen=True, slots=True)
class Judged:
    """The kind of a fetched URL, why it is a story if it is, and the wall shown in place of one, if any."""

    kind: Kind
    story_by: StorySign | None = None
    wall: WallSign | None = None


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


def kind_when_judged_again(known: Kind, by_address: Kind, *, has_rule: bool) -> Kind:
    """The kind of a known URL when the rules may have changed: the site's own rule decides; without one, an entry of a
    feed remains a story."""
    if has_rule and known in ("page", "article"):
        return by_address
    return known if known != "page" else by_address


def kind_of_target(redirected: Kind, by_address: Kind) -> Kind:
    """The kind of a redirect's target: the target of a start page is a start page."""
    return redirected if redirected in ("seed", "exact") else by_address


def kind_when_listed(kind: Kind, *, listed_as_story: bool) -> Kind:
    """The kind of a page that a feed or a news sitemap has listed as a story since it was queued."""
    return "article" if kind == "page" and listed_as_story else kind


def sign_when_queued(site: Site, task: Task) -> StorySign | None:
    """Why a URL was queued as a story. None if it was not."""
    if task.kind != "article":
        return None
    if site.is_article_url(task.url):
        return "rule"
    if has_article_shape(task.url):
        return "address"
    return "earlier" if task.known is not None else "feed"


def has_text_of_story(own: int, links: int) -> bool:
    """Whether a page has a story's text: `own` bytes of letters in sentences that its neighbours don't have. The more
    links it has, the more bytes are required."""
    return own >= _TEXT_OF_A_STORY + _TEXT_FOR_A_LINK * links


def is_story_like_wall(sketch: PageSketch, own: int, *, met_wall: bool) -> bool:
    """Whether a page that looks like a wall is a short story with a captcha in a form or a note on cookies: it has
    `own` bytes of letters in sentences that the other such pages don't have. The first page that looks like a wall
    counts as one, unless its head declares a story. A wall may have a few words of its own, because it names the
    requested page.
    """
    return own >= TEXT_OF_ITS_OWN and (met_wall or sketch.declares_story)


def kind_of(evidence: PageEvidence) -> tuple[Kind, StorySign | None]:
    """The kind of a fetched URL, and the evidence for a story. Only a `page` can become an `article`."""
    task, sketch = evidence.task, evidence.sketch
    if task.kind != "page":
        return task.kind, None
    if evidence.has_rule:
        return "page", None
    if evidence.one_of_many and not sketch.lists_stories:
        return "article", "alike"
    if _is_front_page(task.url):
        return "page", None
    if evidence.behind_story and sketch.has_text and not sketch.lists_stories:
        return "article", "redirected"
    return ("article", "declared") if sketch.declares_story else ("page", None)


def _is_front_page(url: str) -> bool:
    """For any host and language."""
    parts = urlsplit(url)
    return not parts.query and len(parts.path.strip("/")) <= 2
