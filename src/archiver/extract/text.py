"""The story's text as blocks: trafilatura decides what belongs to it, and this module converts its tree.

trafilatura's extraction of comments is off. Pages with too many elements, which would take trafilatura minutes, are
read by the linear walk of `linear`.
"""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterable, Sequence
from copy import copy
from typing import Any

from lxml import etree
from lxml.html import HtmlElement, fragment_fromstring
from trafilatura import bare_extraction
from trafilatura.external import compare_extraction
from trafilatura.htmlprocessing import convert_tags, tree_cleaning
from trafilatura.main_extractor import extract_content
from trafilatura.settings import Extractor

from archiver.extract.decode import fold, to_utf8
from archiver.extract.html_tables import Tables, without_marks
from archiver.extract.linear import linear_blocks
from archiver.extract.markup import without_hidden
from archiver.extract.page import Page, remove_element
from archiver.extract.prose import weight
from archiver.extract.stopwords import stop_words_of
from archiver.model import Block, BlockKind

# Above these, trafilatura's time grows faster than the page and exceeds seconds.
MAX_ELEMENTS = 25_000
_SURE = 3000  # characters: with more, trafilatura makes no second attempt
_ONLY_LINKED = 0.9
_SOME_TEXT = 100  # as `weight` counts
_LITTLE = 250  # characters: with less, trafilatura itself rates its result as too short
# Conditions that it would log as warnings are outcomes here, each with a reason.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
logging.getLogger("htmldate").setLevel(logging.CRITICAL)

_KINDS: dict[str, BlockKind] = {
    "p": "paragraph",
    "head": "heading",
    "quote": "quote",
    "item": "list_item",
    "code": "code",
}
_CONTAINERS = frozenset({"body", "div", "list", "html", "article", "section", "main", "done", "ul", "ol", "figure"})
_COMMENTS_ID = re.compile(r"[Cc]omment(?!ary)|comol|disqus_thread|dsq-comments")
_COMMENTS_CLASS = re.compile(r"^[Cc]omment(?!ary)|(?:article|post)-comments")
_APPENDED = re.compile(r"mvp-post-add-(?:box|wrap)|infinite-?scroll|elementor-share-buttons")
_MAYBE_TAKEN_OUT = re.compile(r"omment|comol|disqus|dsq-|mvp-post-add|infinite|elementor-share")
_BREAK = "\u2028"
_SENTENCE_END = re.compile(r"[.!?:…。！？]['\"”’»)\]]*$")


def story_blocks(page: Page, shown: Sequence[str]) -> tuple[Block, ...]:
    """The blocks of a page's main text, headings and lists included, in reading order.

    `shown` are the lines of the whole page.
    """
    if page.elements > MAX_ELEMENTS:
        return linear_blocks(page.tree)
    tables = Tables()
    try:
        body = _main_text(page, shown, tables)
    except (RecursionError, ValueError, TypeError, AttributeError, LookupError, etree.LxmlError):
        # Trafilatura fails on some markup, such as a tag name full of control characters.
        return linear_blocks(page.tree)
    if body is None:
        return ()
    if _is_last_resort(body) and (own := _own_text(page.tree)):
        return own
    return _Blocks(tables).read(body)


def _is_last_resort(body: Any) -> bool:
    """Whether trafilatura found no story and returns all text of the page, menus included, in one element."""
    return len(body) == 1 and len(body[0]) == 0 and bool(body[0].text) and "\n" in body[0].text.strip()


def _own_text(tree: HtmlElement) -> tuple[Block, ...]:
    """The text of a page outside its menus, without lines that only link; its captions if it has no other text."""
    for keep in (frozenset[str](), frozenset({"figure", "figcaption"})):
        blocks = tuple(block for block in linear_blocks(tree, keep) if block.link_density <= _ONLY_LINKED)
        if sum(weight(block.text) for block in blocks if block.kind != "heading") >= _SOME_TEXT:
            return blocks
    return ()


def _main_text(page: Page, shown: Sequence[str], tables: Tables) -> Any:
    """trafilatura's result tree, by its own steps.

    Its second opinion (readability) costs a third of its time and is used only if it has more than twice the text: so
    it is skipped if the first result has half of the page's text. If the first result is so short that its fallbacks
    would apply, the whole of trafilatura runs. How short that is depends on the script: a Chinese story of 100
    characters has as much to say as an English one of 300.
    """
    page_chars = sum(len(line) + 1 for line in shown)
    options = _options(page.url)
    options.min_extracted_size = _LITTLE * page_chars // max(1, sum(weight(line) + 1 for line in shown))
    tree = _shown(page, tables)
    _without_comments(tree)
    cleaned = tree_cleaning(copy(tree), options)
    body, text = extract_content(convert_tags(copy(cleaned), options, page.url), options)
    if len(text) < options.min_extracted_size or (len(text) < _SURE and len(text) * 4 < page_chars):
        again = _shown(page, Tables())  # the same tables in the same order, so the same marks
        with stop_words_of(page.tree):
            return getattr(bare_extraction(again, options=options), "body", None)
    paragraphs = len(body.findall(".//p"))
    if len(text) * 2 >= page_chars and paragraphs and len(body.findall(".//table")) <= paragraphs:
        return body
    with stop_words_of(page.tree):
        return compare_extraction(cleaned, tree, body, text, options)[0]


def _shown(page: Page, tables: Tables) -> HtmlElement:
    """A copy of the page for the general extractor: without hidden elements, and with tables classified."""
    tree = copy(page.tree)
    without_hidden(tree)
    tables.settle(tree)
    return tree


def _without_comments(tree: HtmlElement) -> None:
    """Removes readers' comments and endlessly appended stories, as trafilatura does before anything else."""
    for element in list(tree.iter("div", "section", "details", "ol", "ul", "aside")):
        name, classes = element.get("id"), element.get("class")
        if not _MAYBE_TAKEN_OUT.search(f"{name} {classes}"):
            continue
        if (name and _COMMENTS_ID.match(name)) or (classes and _COMMENTS_CLASS.search(classes)):
            if element.tag != "aside":
                remove_element(element)
        elif _APPENDED.search(f"{name} {classes}") and (
            element.find(".//h1") is None or "mvp-post-add" in f"{name} {classes}"
        ):
            remove_element(element)


def _options(url: str) -> Extractor:
    return Extractor(
        output_format="xml",  # a tree: the unused plain text is not generated
        comments=False,
        with_metadata=False,
        url=url,
        date_params={"max_date": "2100-01-01"},  # never used, but prevents reading the clock
    )


class _Blocks:
    """Reads trafilatura's result tree in document order, collecting inline text until a block begins or ends."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.blocks: list[Block] = []
        self.pieces: list[str] = []

    def read(self, body: Any) -> tuple[Block, ...]:
        if _is_last_resort(body):
            body[0].text = body[0].text.replace("\n", _BREAK)
        self._walk(body, "paragraph", 0)
        self._flush("paragraph", 0)
        return tuple(self.blocks)

    def _walk(self, root: Any, kind: BlockKind, level: int) -> None:
        # An explicit stack: readability's result can nest as deep as the page does.
        stack: list[tuple[Any, BlockKind, int, bool]] = [(root, kind, level, False)]
        while stack:
            element, kind, level, leaving = stack.pop()
            tag = element.tag
            if leaving:
                outer_kind, outer_level = kind, level
                if tag in _KINDS or tag in _CONTAINERS:
                    inner = self._context(element, outer_kind, outer_level)
                    self._flush(*inner)
                if element is not root and element.tail:
                    self.pieces.append(element.tail)
                continue
            if tag == "table":
                self._flush(kind, level)
                self._table(element)
                if element is not root and element.tail:
                    self.pieces.append(element.tail)
                continue
            if tag == "lb":
                self.pieces.append(_BREAK)
            elif tag in _KINDS or tag in _CONTAINERS:
                self._flush(kind, level)
            stack.append((element, kind, level, True))
            kind, level = self._context(element, kind, level)
            if element.text:
                self.pieces.append(element.text)
            stack.extend((child, kind, level, False) for child in reversed(element) if isinstance(child.tag, str))

    def _context(self, element: Any, kind: BlockKind, level: int) -> tuple[BlockKind, int]:
        found = _KINDS.get(element.tag)
        if found is None or (found == "paragraph" and kind in ("quote", "list_item")):
            return kind, level
        if found == "heading":
            rend = element.get("rend") or ""
            return found, int(rend[1]) if len(rend) == 2 and rend[1] in "123456" else 2
        return found, 0

    def _table(self, table: Any) -> None:
        known = self.tables.find("".join(table.itertext()))
        if known:
            self.blocks.append(Block("table", known))
            return
        rows = []
        for row in table.iter("row", "tr"):
            cells = [fold("".join(cell.itertext())) for cell in row.iter("cell", "td", "th")]
            if any(cells):
                rows.append(" | ".join(cell for cell in cells if cell))
        if rows:
            self.blocks.append(Block("table", "\n".join(rows)))

    def _flush(self, kind: BlockKind, level: int) -> None:
        if not self.pieces:
            return
        text = without_marks("".join(self.pieces))
        self.pieces.clear()
        if kind == "code":
            text = "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
            if text.strip():
                self.blocks.append(Block(kind, text))
            return
        self.blocks.extend(Block(kind, part, level=level) for part in paragraphs_of(text.split(_BREAK)))


def paragraphs_of(lines: Iterable[str]) -> list[str]:
    """Joins lines to blocks, separated by empty lines and by single breaks between complete sentences."""
    lines = [fold(line) for line in lines]
    parts: list[list[str]] = [[]]
    for line in lines:
        if not line:
            parts.append([])
        elif parts[-1] and len(line) > 60 and len(parts[-1][-1]) > 60 and _SENTENCE_END.search(parts[-1][-1]):
            parts.append([line])
        else:
            parts[-1].append(line)
    return ["\n".join(part) for part in parts if part]


def rescued_blocks(body: str | None, found: Sequence[Block]) -> tuple[Block, ...]:
    """The text of JSON-LD's articleBody, but only if the page itself has little text and this is much longer."""
    if not body:
        return ()
    chars = sum(weight(block.text) for block in found)
    if chars >= _LITTLE or len(body) < 2 * max(chars, 100):
        return ()
    if "<" in body and re.search(r"</?\w", body):
        try:
            root = fragment_fromstring(to_utf8(body).decode("utf-8"), create_parent="div")
        except etree.ParserError:
            return ()
        return linear_blocks(root)
    text = html.unescape(body) if "&" in body else body
    lines = re.split(r"\r?\n|\\n", text)
    return tuple(Block("paragraph", fold(line), "json-ld") for line in lines if line.strip())
