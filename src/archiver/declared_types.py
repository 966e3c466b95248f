"""The schema.org types by which a page declares in JSON-LD what it is: the only place with these sets, for the crawl,
which reads a page's bytes, and for extraction, which reads its parsed nodes.

Names are compared in lower case and without the vocabulary's URL (`type_name`). An `ItemList` is no evidence: stories
have them for related stories as often as lists have them for their entries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Set

STORY_TYPES = frozenset(
    {
        "article", "newsarticle", "reportagenewsarticle", "analysisnewsarticle", "opinionnewsarticle",
        "backgroundnewsarticle", "reviewnewsarticle", "askpublicnewsarticle", "liveblogposting", "blogposting",
        "socialmediaposting", "techarticle", "scholarlyarticle", "medicalscholarlyarticle", "report",
        "advertisercontentarticle", "satiricalarticle", "review", "recipe",
    }
)  # fmt: skip
LIST_TYPES = frozenset({"collectionpage", "searchresultspage", "profilepage", "offercatalog"})
FORUM_TYPES = frozenset({"discussionforumposting", "qapage"})
SHOP_TYPES = frozenset({"product", "productgroup", "offercatalog"})
PAGE_TYPES = frozenset({"webpage", "itempage", "medicalwebpage", "aboutpage"})
VIDEO_TYPE = "videoobject"
LIVE_TYPE = "liveblogposting"


def type_name(declared: str) -> str:
    """A type's name in lower case, without the vocabulary's URL or prefix."""
    return declared.rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower()


def are_of_story(types: Set[str]) -> bool:
    """Whether one of a node's types is that of a story."""
    return not STORY_TYPES.isdisjoint(types)


def is_one_story(nodes: Iterable[Set[str]]) -> bool:
    """Whether nodes at any depth, each given by its types, describe one story: it may be described as an Article and as
    a Recipe, but several of one type are the entries of a list. Reviews are left out, because they are parts of a
    product, a recipe or a story."""
    counts = Counter(name for types in nodes for name in types & STORY_TYPES - {"review"})
    return bool(counts) and max(counts.values()) == 1


def are_of_list(types: Set[str]) -> bool:
    """Whether one of a page's types is that of a list."""
    return not LIST_TYPES.isdisjoint(types)
