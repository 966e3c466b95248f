"""Rewrites markup in which the general extractor would lose words to equivalent markup that it handles.

In two steps, because a site's layout selects by the page's own tags. `normalise` changes no visible tag and runs before
anything is read; `rename_blocks` and `rename_inline` run when only the text remains to be chosen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from lxml.etree import XPath
from lxml.html import HtmlElement

from archiver.extract.decode import fold
from archiver.extract.lines import HIDDEN, INLINE, Line
from archiver.model import Block, RemovedBlock

_SHADOWS = XPath(".//template[@shadowrootmode or @shadowroot]")
_BLOCK_SPANS = XPath(".//span[contains(@style, 'block')]")
_CUSTOM = XPath(".//*[contains(name(), '-')]")
_LENGTH = XPath("string-length(normalize-space(.))")
_HEADLINE = XPath("boolean(descendant-or-self::h1)")
_STRUCK = ("del", "s", "strike")
_STREAMED = re.compile(r"[SPB]:\w+")  # IDs of React's segments, which its script moves to their places
_STORY_PARAGRAPHS, _PARAGRAPH = 5, 100  # characters
_BESIDE = ("nav", "aside", "header", "footer", "form", "menu")
_MARKS = ("“", "”"), ("‘", "’")
_QUOTATION_MARKS = frozenset("\"'“”„‟«»‹›‘’‚‛「」『』")
_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "center", "details", "dialog", "div", "dl", "fieldset", "figure",
        "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
        "section", "table", "ul",
    }
)  # fmt: skip
# In these the general extractor considers only blocks: text without a block would be lost.
_WITHOUT_OWN_TEXT = frozenset(
    {"article", "section", "main", "center", "summary", "search", "slot", "output", "label", "legend", "marquee"}
)
_SHOWN_AS_BLOCK = ("center", "marquee", "fieldset", "dialog")
_SHOWN_IN_LINE = ("time", "label", "output", "code", "blink", "marquee")
_OTHER_NAMES = {"xmp": "pre", "listing": "pre", "dir": "ul", "menu": "ul"}
_FRAMED = XPath("(blockquote or pre) and not(.//img or .//video or .//audio or .//iframe or .//picture)")
_CLOCK = re.compile(
    r"(?:[A-Za-z]{2,9}\.? )?\d{1,2}(?:[:.h]\d\d)(?:[:.]\d\d)? ?(?:[ap]\.?m\.?|uhr|h|hrs|[A-Z]{2,4})?", re.IGNORECASE
)
_LEAST_ENTRIES = 3
_LEAST_SENTENCE = 20  # characters next to an element that make it part of a sentence
_LEAST_PARAGRAPH = 40
_MOST_RECORDED = 40  # maximum number of struck out or hidden blocks recorded per page


def normalise(tree: HtmlElement) -> tuple[RemovedBlock, ...]:
    """Resolves what browsers render: shadow trees, quotation marks and formulas; removes struck out and hidden text.

    Hidden elements stay in the tree, because their links count; their lines and text are skipped. A hidden or struck
    out element that holds the headline or most of the page is revealed by a script, or its tag was never closed: it is
    read like any other. So is a menu or form that holds the headline and the text.
    """
    for template in _SHADOWS(tree):
        _open_shadow(template)
    struck = []
    for element in list(tree.iter("math", "q", *_STRUCK, *_BESIDE)):
        if element.tag == "math":
            _write_out(element)
        elif element.tag == "q":
            _mark(element)
        elif element.tag in _STRUCK:
            struck.append(element)
        elif _HEADLINE(element) and _has_story(element):
            element.tag = "div"
            element.attrib.pop("class", None)
            element.attrib.pop("id", None)
    hidden = HIDDEN(tree)
    if not struck and not hidden:
        return ()
    most = _LENGTH(tree) / 2
    removed = []
    for element in hidden:
        if _HEADLINE(element) or _LENGTH(element) > most or _is_revealed(element):
            del element.attrib["hidden"]
        elif element.find(".//a") is None:
            removed.append(_record(element, "hidden"))
    for element in struck:
        if _LENGTH(element) <= most and not _HEADLINE(element):
            removed.append(_record(element, "struck_out"))
            element.drop_tree()
    return tuple(entry for entry in removed if entry.block.text)[:_MOST_RECORDED]


def _is_revealed(element: HtmlElement) -> bool:
    """Whether a script will show a hidden element: a segment of a streamed page, or the text of a story."""
    if _STREAMED.fullmatch(element.get("id") or ""):
        return True
    return _has_story(element)


def _has_story(element: HtmlElement) -> bool:
    paragraphs = (paragraph for paragraph in element.iter("p") if _LENGTH(paragraph) >= _PARAGRAPH)
    return sum(1 for _ in islice(paragraphs, _STORY_PARAGRAPHS)) == _STORY_PARAGRAPHS


def _record(element: HtmlElement, reason: str) -> RemovedBlock:
    return RemovedBlock(Block("paragraph", fold("".join(element.itertext()))[:2000]), reason)


def without_hidden(tree: HtmlElement) -> None:
    """Removes elements that `normalise` left as hidden."""
    for element in HIDDEN(tree):
        element.drop_tree()


def _open_shadow(template: HtmlElement) -> None:
    """Replaces a host's content with its declarative shadow tree: light children go into their slots (HTML 4.12.3)."""
    host = template.getparent()
    if host is None:
        return
    slots = {slot.get("name") or "": slot for slot in reversed(list(template.iter("slot")))}
    for slot in slots.values():
        shown = [
            child for child in host if child is not template and (child.get("slot") or "") == (slot.get("name") or "")
        ]
        if shown and not (slot.get("name") or ""):
            _append_text(slot, _own_text(host, template))
        for child in shown:
            slot.append(child)  # including its tail
        above = slot.getparent()
        if not shown and above is not None and _has_blocks(above) and not _has_blocks(slot):
            slot.tag = "p"  # its fallback content is shown
        else:
            slot.drop_tag()
    template.drop_tag()


def _own_text(host: HtmlElement, template: HtmlElement) -> str:
    text = (host.text or "") + (template.tail or "")
    host.text = template.tail = None
    return text


def _append_text(element: HtmlElement, text: str) -> None:
    for child in list(element):
        element.remove(child)  # the slot's fallback content
    element.text = text or None


def _write_out(formula: HtmlElement) -> None:
    """A formula as the text of its symbols, or its alternative text."""
    for note in [*formula.iter("annotation"), *formula.iter("annotation-xml")]:
        note.drop_tree()
    text = fold("".join(formula.itertext())) or fold(formula.get("alttext") or "")
    for child in list(formula):
        formula.remove(child)
    formula.tag, formula.text = "span", text or None


def _mark(quote: HtmlElement) -> None:
    """Inserts the quotation marks that browsers put around <q>, unless the page has its own."""
    text = fold("".join(quote.itertext()))
    if not text or text[0] in _QUOTATION_MARKS:
        return
    depth = sum(1 for _ in quote.iterancestors("q")) % 2
    opening, closing = _MARKS[depth]
    quote.text = opening + (quote.text or "").lstrip()
    if len(quote):
        quote[-1].tail = (quote[-1].tail or "").rstrip() + closing
    else:
        quote.text = quote.text.rstrip() + closing


def rename_inline(tree: HtmlElement) -> None:
    """Converts inline elements inside a sentence that the general extractor would drop to plain spans.

    In a live blog, the times above the entries become paragraphs.
    """
    entries = [(element, box) for element in tree.iter("time") if (box := _entry_of(element)) is not None]
    if len(entries) >= _LEAST_ENTRIES:
        for element, box in entries:
            element.drop_tree()  # removed from its surroundings, such as a line of metadata
            element.tag, element.tail = "p", None
            box.insert(0, element)
    for element in list(tree.iter(*_SHOWN_IN_LINE)):
        if element.tag == "code" and "\n" in (element.text or "").strip():
            continue
        least = 1 if element.tag == "code" else _LEAST_SENTENCE
        if _beside(element) >= least or (_LENGTH(element) >= _LEAST_PARAGRAPH and _is_text(element)):
            element.tag = "span"
    for element in list(tree.iter("q")):
        element.tag = "span"
    for element in list(tree.iter("button")):
        if _before_and_after(element):
            element.tag = "span"


def _entry_of(element: HtmlElement) -> HtmlElement | None:
    """The box with a time of day alone above a paragraph."""
    if not _CLOCK.fullmatch(fold("".join(element.itertext()))) or _beside(element) > 0:
        return None
    box = element.getparent()
    for _ in range(2):
        if box is None or box.tag in ("body", "main", "nav", "aside", "a"):
            return None
        paragraphs = box.findall(".//p")
        if paragraphs:
            alone = len(box.findall(".//time")) == 1
            return box if alone and any(_LENGTH(p) >= _LEAST_PARAGRAPH for p in paragraphs) else None
        box = box.getparent()
    return None


def _beside(element: HtmlElement) -> int:
    """Characters of text in the same line as an inline element."""
    block = _block_of(element)
    if block is None or block.tag in ("pre", "code"):
        return 0
    return int(_LENGTH(block) - _LENGTH(element)) if not _has_blocks(block) else _neighbours(element)


def _neighbours(element: HtmlElement) -> int:
    before = element.getprevious()
    parent = element.getparent()
    lead = (before.tail if before is not None else parent.text if parent is not None else "") or ""
    return len(lead.strip()) + len((element.tail or "").strip())


def _block_of(element: HtmlElement) -> HtmlElement | None:
    above = element.getparent()
    while above is not None and above.tag in INLINE:
        above = above.getparent()
    return above


def _before_and_after(element: HtmlElement) -> bool:
    parent, before = element.getparent(), element.getprevious()
    if parent is None or parent.tag not in ("p", "li", "td", "span", "em", "strong", "b", "i"):
        return False
    lead = before.tail if before is not None else parent.text
    return bool((lead or "").strip()) and any(char.isalnum() for char in element.tail or "")


def _has_blocks(element: HtmlElement) -> bool:
    return any(child.tag in _BLOCKS for child in element.iter() if child is not element)


def rename_blocks(tree: HtmlElement, lines: Iterable[Line]) -> None:
    """Converts elements of other names that hold blocks of text to paragraphs and containers."""
    for line in lines:
        element = line.element
        tag = str(element.tag)
        if len(line.text) < _LEAST_PARAGRAPH or not (tag in _WITHOUT_OWN_TEXT or "-" in tag or _is_orphan(element)):
            continue
        if not _has_blocks(element):
            element.tag = "p"
        elif line.nodes[0].getparent() is element and not line.nodes[0].is_tail:
            _wrap_lead(element, line)
    for element in list(tree.iter(*_SHOWN_AS_BLOCK)):
        if element.tag in ("center", "marquee") or (_LENGTH(element) >= _LEAST_PARAGRAPH and _is_text(element)):
            element.tag = "div" if _has_blocks(element) else "p"
    _rename_frames(tree)
    for element in _CUSTOM(tree):
        element.tag = "div" if _has_blocks(element) else "span"
    for element in _BLOCK_SPANS(tree):
        style, above = (element.get("style") or "").replace(" ", "").lower(), element.getparent()
        if "display:block" in style and above is not None and above.tag != "p" and above.tag not in INLINE:
            element.tag = "div" if _has_blocks(element) else "p"


def _rename_frames(tree: HtmlElement) -> None:
    """Gives old elements the names of today, and opens frames around text: fieldsets, and figures without a picture."""
    for element in list(tree.iter(*_OTHER_NAMES)):
        if next(element.iterancestors("pre", "code"), None) is None:
            element.tag = _OTHER_NAMES[str(element.tag)]
    for legend in tree.iter("legend"):
        box = legend.getparent()
        if box is not None and box.tag in ("div", "p"):  # a fieldset with text, renamed above
            legend.tag = "h4"
    for figure in list(tree.iter("figure")):
        if _FRAMED(figure) and "pull" not in (figure.get("class") or "").lower():
            figure.tag = "div"


def _is_orphan(element: HtmlElement) -> bool:
    """A list item without a list."""
    above = element.getparent()
    return (
        element.tag in ("li", "dd", "dt")
        and above is not None
        and above.tag not in ("ul", "ol", "dl", "menu", "dir", "div")
    )


def _is_text(element: HtmlElement) -> bool:
    """Whether a form or dialog element is used as a box for text: it has no input."""
    return next(element.iter("input", "textarea", "select", "button", "form"), None) is None


def _wrap_lead(element: HtmlElement, line: Line) -> None:
    """Wraps the text before a container's first block in a paragraph."""
    paragraph = element.makeelement("p")
    paragraph.text, element.text = element.text, None
    following = element[0] if len(element) else None
    element.insert(0, paragraph)
    while following is not None and following.tag in INLINE:
        after = following.getnext()
        paragraph.append(following)
        following = after
    line.element = paragraph
