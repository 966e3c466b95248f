"""Parts of a page about other stories or by other people: teasers, related stories, readers' comments."""

from __future__ import annotations

import re
from itertools import chain, islice

from lxml.html import HtmlElement

_ELSEWHERE = re.compile(
    r"comment(?!ary)|reply|related|recommend|sidebar|review-|testimonial|teaser|most-?(?:read|popular)"
    r"|more-(?:from|stories|news|in)|read-(?:next|more)|trending|latest-(?:news|stories|posts)|also-(?:read|like)|you-may"
    r"|onward|widget|promo(?!te)",
    re.IGNORECASE,
)
_CARDS = frozenset({"article", "li"})


def is_elsewhere(element: HtmlElement) -> bool:
    """Whether an element is among comments or in a teaser of another story, so that its names and dates are not the
    story's."""
    for place in chain((element,), element.iterancestors("div", "section", "ol", "ul", "li", "aside", "article")):
        # An aside without a link holds notes about this story: its date, its length.
        if (place.tag == "aside" and place.find(".//a") is not None) or _ELSEWHERE.search(
            f"{place.get('class') or ''} {place.get('id') or ''}"
        ):
            # Some pages put everything in "widgets": a container with the headline is not a teaser.
            return place.find(".//h1") is None
        if place.tag in _CARDS and _is_one_of_several(place):
            return True
    return False


def _is_one_of_several(element: HtmlElement) -> bool:
    """Whether a card is one of several with a linked headline each, and not a page of its own (<h1>)."""
    if element.find(".//h1") is not None or not _is_card(element):
        return False
    parent = element.getparent()
    return parent is not None and sum(_is_card(other) for other in parent.iterchildren(str(element.tag))) >= 2


def _is_card(element: HtmlElement) -> bool:
    return any(
        heading.find(".//a") is not None or next(heading.iterancestors("a"), None) is not None
        for heading in islice(element.iter("h2", "h3", "h4"), 3)
    )
