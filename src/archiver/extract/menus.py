"""Whether a page shows anything but its menus: an application's empty page has only those until its scripts run."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml.html import HtmlElement

from archiver.extract.lines import Line
from archiver.extract.prose import weight
from archiver.model import Block

_ROLES = frozenset({"navigation", "menu", "menubar"})
_NAMED = re.compile(r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|sidebar)(?:$|[\s_-])", re.IGNORECASE)
_ASKS_SCRIPTS = re.compile(r"java\s*script", re.IGNORECASE)
_PARAGRAPH = 100  # as `weight` counts: menus have shorter lines, so a longer one is a text wherever it is
_LINKED = 0.8


def outside_menus(blocks: Sequence[Block], lines: Sequence[Line]) -> list[str]:
    """The texts of a page that are in no menu, header, footer or request for JavaScript: those of its lines, and those
    of the chosen blocks that are in no line."""
    own = [line.text for line in lines if not _is_of_menu(line)]
    shown = " ".join(" ".join(line.text for line in lines).split())
    return own + [text for block in blocks for text in block.text.split("\n") if " ".join(text.split()) not in shown]


def _is_of_menu(line: Line) -> bool:
    if line.link_density < _LINKED and weight(line.text) >= _PARAGRAPH:
        return False
    if line.text.startswith("©"):
        return True
    places = [line.element, *line.element.iterancestors()]
    if any(_is_menu(place, line) for place in places):
        return True
    return not any(place.tag in ("article", "main") for place in places) and any(
        place.tag in ("header", "footer") and not _has_headline(place) for place in places
    )


def _is_menu(place: HtmlElement, line: Line) -> bool:
    if place.tag == "nav" or place.get("role") in _ROLES:
        return True
    if place.tag == "noscript":
        return bool(_ASKS_SCRIPTS.search(line.text))
    named = f"{place.get('class') or ''} {place.get('id') or ''}"
    return line.link_density >= _LINKED and bool(_NAMED.search(named))


def _has_headline(place: HtmlElement) -> bool:
    """Whether a header has a headline: it may be that of the story."""
    return place.tag == "header" and place.find(".//h1") is not None
