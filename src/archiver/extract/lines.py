"""A page as lines: the runs of text on their own line, each with its block element.

trafilatura drops and merges elements. Rules that need the page's original arrangement (a player's clock, a list of
episodes with dates, a byline) use these lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lxml.etree import XPath
from lxml.html import HtmlElement

from archiver.extract.decode import fold

MAX_LINES = 60_000
_LOOSE = 40  # characters: shorter loose text is mostly labels
# Elements that browsers don't show; `until-found` is text that they unfold on search.
HIDDEN = XPath(".//*[@hidden and translate(@hidden, 'UNTILFOD', 'untilfod') != 'until-found']")
_TEXTS = XPath("descendant::text()[normalize-space()]")
_CARDS = XPath(".//a[div or p or h1 or h2 or h3 or h4 or h5 or article or section or figure or ul or span/div]")
INLINE = frozenset(
    {
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "button", "cite", "code", "data", "del", "dfn", "em", "font",
        "i", "ins", "kbd", "label", "mark", "nobr", "output", "q", "rb", "ruby", "s", "samp", "small", "span", "strike",
        "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
    }
)  # fmt: skip
_BREAKS = frozenset({"br", "hr", "iframe", "video", "audio", "select"})


@dataclass(slots=True)
class Line:
    """Text with folded white space, its nearest block element, and its text nodes."""

    text: str
    element: HtmlElement
    nodes: list[Any]
    linked: int = 0  # characters inside <a>

    @property
    def link_density(self) -> float:
        """Share of the text that is anchor text."""
        return min(1.0, self.linked / max(1, len(self.text)))

    def blank(self) -> None:
        """Removes the line's text from the tree."""
        for node in self.nodes:
            parent = node.getparent()
            if node.is_tail:
                parent.tail = None
            else:
                parent.text = None


def lines_of(root: HtmlElement) -> list[Line]:
    """The lines below an element in document order."""
    lines: list[Line] = []
    pieces: list[list[str]] = []
    current: Line | None = None
    homes: dict[HtmlElement, tuple[HtmlElement, bool]] = {}
    cards = {inside for link in _CARDS(root) for inside in link.iter()}
    hidden = {inside for element in HIDDEN(root) for inside in element.iter()}
    last: HtmlElement | None = None
    for node in _TEXTS(root):
        parent = node.getparent()
        tail = node.is_tail
        start = parent.getparent() if tail else parent
        if start in hidden:
            continue
        home = homes.get(start)
        if home is None:
            home = homes[start] = _home(start)
        block, linked = home
        gap: str | None = ""
        if current is not None and block is last:
            gap = _gap(parent) if not tail else None if parent.tag in _BREAKS or parent.tag not in INLINE else ""
        if current is None or block is not last or gap is None:
            if len(lines) >= MAX_LINES:
                break
            current = Line("", block, [])
            lines.append(current)
            pieces.append([])
            last = block
        current.nodes.append(node)
        if gap:
            pieces[-1].append(gap)
        pieces[-1].append(node)
        if linked or block in cards:
            current.linked += len(node.strip())
    for line, texts in zip(lines, pieces, strict=True):
        line.text = fold("".join(texts))
    return lines


def wrap_loose(lines: list[Line]) -> None:
    """Wraps loose text after a block in a paragraph: trafilatura would skip it."""
    for line in lines:
        first = line.nodes[0]
        if len(line.text) < _LOOSE or not first.is_tail:
            continue
        before = first.getparent()
        container = before.getparent()
        if before.tag in INLINE or before.tag in _BREAKS or container is None or not before.tail:
            continue
        paragraph = before.makeelement("p")
        paragraph.text, before.tail = before.tail, None
        following = before.getnext()
        before.addnext(paragraph)
        while following is not None and following.tag in INLINE:
            after = following.getnext()
            paragraph.append(following)
            following = after
        line.element = paragraph


def path_of(element: HtmlElement, known: dict[HtmlElement, str]) -> str:
    """Tag path with classes from below <body>, outermost first; `known` caches parents within one page."""
    found = known.get(element)
    if found is not None:
        return found
    chain = [element]
    for ancestor in element.iterancestors():
        if ancestor in known or ancestor.tag in ("body", "html"):
            break
        chain.append(ancestor)
    above = chain[-1].getparent()
    path = known.get(above, "") if above is not None else ""
    for member in reversed(chain):
        classes = (member.get("class") or "").split()[:4]
        step = ".".join([str(member.tag), *classes])
        path = known[member] = f"{path}/{step}" if path else step
    return path[-400:]


def _home(element: HtmlElement) -> tuple[HtmlElement, bool]:
    linked = False
    while element.tag in INLINE or _is_custom_inline(element):
        linked = linked or element.tag == "a"
        above = element.getparent()
        if above is None:
            break
        element = above
    return element, linked


def _is_custom_inline(element: HtmlElement) -> bool:
    """Whether a custom element is inside a sentence: in a paragraph or an inline element, and without blocks."""
    if "-" not in str(element.tag):
        return False
    above = element.getparent()
    return above is not None and (above.tag == "p" or above.tag in INLINE) and all(c.tag in INLINE for c in element)


def _gap(parent: HtmlElement) -> str | None:
    """The separator between an inline element's first text and the text before it: None for a line break, else white
    space."""
    while parent.tag in INLINE:
        previous = parent.getprevious()
        if previous is not None:
            between = previous.tail or ""
            if not between.strip() and (previous.tag in _BREAKS or previous.tag not in INLINE):
                return None
            inner = previous[-1].tail if len(previous) else previous.text
            return " " if between[-1:].isspace() or (not between and inner and inner[-1:].isspace()) else ""
        above = parent.getparent()
        if above is None:
            return ""
        if above.text:
            return " " if above.text[-1:].isspace() else ""
        parent = above
    return ""
