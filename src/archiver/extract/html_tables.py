"""Tables: layout tables become containers, data tables are written out cell by cell.

The general extractor loses lists and paragraphs in cells. So a data table is replaced by a mark that survives
extraction; where the mark appears in the result, the table is written out from the page itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from archiver.extract.decode import fold

_MARK_START, _MARK_END, _FIRST = "\ue200", "\ue201", 0xE210
_MARK = re.compile(f"{_MARK_START}([\ue210-\uf8ff]){_MARK_END}")
_MOST = 0xF8FF - _FIRST
_HEADINGS = ("h1", "h2", "h3")
_LONG_CELL = 600  # characters: data cells are shorter
_MOST_SPAN = 100
_APART = frozenset({"p", "li", "dd", "dt", "ul", "ol", "dl", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"})
_SPACED = frozenset({"br", "div", "hr", "table", "tr", "td", "th", "section", "article"})
_UNSHOWN = frozenset({"script", "style", "template", "noscript"})
_ENDS = (".", "!", "?", ":", ";", ",", "。", "、")


class Tables:
    """The text of the data tables of one page, by mark."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def settle(self, tree: HtmlElement) -> None:
        """Marks data tables, and converts layout tables to containers."""
        for table in list(tree.iter("table")):
            if is_layout(table):
                _unfold(table)
            elif len(self._texts) < _MOST:
                cell = next((cell for cell in table.iter("td", "th") if fold("".join(cell.itertext()))), None)
                if cell is not None:
                    mark = f"{_MARK_START}{chr(_FIRST + len(self._texts))}{_MARK_END}"
                    self._texts.append(table_text(table))
                    cell.text = mark + (cell.text or "")

    def find(self, text: str) -> str | None:
        """The text of the table whose mark occurs in a text."""
        found = _MARK.search(text)
        number = ord(found[1]) - _FIRST if found else len(self._texts)
        return self._texts[number] if number < len(self._texts) else None


def without_marks(text: str) -> str:
    """The text without table marks."""
    return _MARK.sub("", text) if _MARK_START in text else text


def is_layout(table: HtmlElement) -> bool:
    """Whether a table is used for layout: it holds a table, headings or long text, or has one row or column.

    Signs of data (a caption, a head, header cells) outweigh the size of its cells.
    """
    if table.get("role") in ("presentation", "none"):
        return True
    if table.find(".//table") is not None or next(table.iter(*_HEADINGS), None) is not None:
        return True
    if table.get("summary") or any(table.find(f".//{tag}") is not None for tag in ("caption", "th", "thead")):
        return False
    widths = [len(cells) for cells in _rows(table)]
    if len(widths) <= 1 or max(widths) <= 1:
        return True
    return any(len(fold("".join(cell.itertext()))) > _LONG_CELL for cell in table.iter("td"))


def _unfold(table: HtmlElement) -> None:
    parts = table.iter("tbody", "thead", "tfoot", "tr", "td", "th", "caption")
    own = [part for part in parts if next(part.iterancestors("table"), None) is table]
    for element in [table, *own]:  # an inner table is judged separately
        holds_blocks = any(child.tag in _APART or child.tag in _SPACED - {"br"} for child in element.iterdescendants())
        element.tag = "div" if holds_blocks or element.tag not in ("td", "th", "caption") else "p"


def table_text(table: HtmlElement) -> str:
    """A table as text: one line per row, cells separated by ` | `; empty and spanned cells keep their columns."""
    lines = [fold(_cell_text(caption)) for caption in table.iterfind("caption")]
    below: dict[int, int] = {}  # column -> remaining rows that a cell above spans
    for cells in _rows(table):
        texts: list[str] = []
        for cell in cells:
            _skip_spanned(texts, below)
            width, height = _span(cell, "colspan"), _span(cell, "rowspan")
            if height > 1:
                below.update(dict.fromkeys(range(len(texts), len(texts) + width), height - 1))
            texts += [_cell_text(cell), *[""] * (width - 1)]
        _skip_spanned(texts, below)
        if any(texts):
            lines.append(" | ".join(texts).strip())
    return "\n".join(line for line in lines if line)


def _skip_spanned(texts: list[str], below: dict[int, int]) -> None:
    while (rows := below.get(len(texts), 0)) > 0:
        below[len(texts)] = rows - 1
        texts.append("")


def _rows(table: HtmlElement) -> Iterator[list[HtmlElement]]:
    for row in table.iter("tr"):
        if next(row.iterancestors("table"), None) is table:
            yield [cell for cell in row if cell.tag in ("td", "th")]


def _span(cell: HtmlElement, name: str) -> int:
    value = cell.get(name, "1").strip()
    return min(max(int(value), 1), _MOST_SPAN) if value.isascii() and value.isdecimal() and len(value) < 6 else 1


def _cell_text(cell: HtmlElement) -> str:
    """A cell's text in one line: items and paragraphs separated by semicolons, other blocks and breaks by spaces."""
    pieces = [""]
    _gather(cell, pieces)
    text = ""
    for piece in filter(None, map(fold, pieces)):
        text += (" " if text.endswith(_ENDS) else "; ") + piece if text else piece
    return text


def _gather(root: HtmlElement, pieces: list[str]) -> None:
    stack: list[tuple[HtmlElement, bool]] = [(root, False)]
    while stack:
        element, leaving = stack.pop()
        tag = element.tag
        if element is not root:
            if tag in _APART:
                pieces.append("")
            elif tag in _SPACED:
                pieces[-1] += " "
        if leaving:
            if element is not root:
                pieces[-1] += element.tail or ""
            continue
        stack.append((element, True))
        if isinstance(tag, str) and tag not in _UNSHOWN and element.get("hidden") is None:
            pieces[-1] += element.text or ""
            stack.extend((child, False) for child in reversed(element))
