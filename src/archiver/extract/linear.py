"""A linear walk over a page or a part of it: every block element's text, in time proportional to the page.

Used if a layout selects the story's element, and for pages with more elements than the general extractor can handle.
"""

from __future__ import annotations

from lxml.html import HtmlElement

from archiver.extract.html_tables import is_layout, table_text
from archiver.extract.lines import Line, lines_of
from archiver.model import Block, BlockKind

_SKIPPED = frozenset(
    {
        "nav", "footer", "aside", "form", "head", "noscript", "iframe", "button", "select", "figure", "figcaption",
        "dialog", "menu", "svg", "header",
    }
)  # fmt: skip
_KINDS: dict[str, BlockKind] = {
    "li": "list_item",
    "dt": "list_item",
    "dd": "list_item",
    "blockquote": "quote",
    "pre": "code",
    "td": "table",
    "th": "table",
    "caption": "table",
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
}
MAX_CHARS = 2_000_000


def linear_blocks(root: HtmlElement, keep: frozenset[str] = frozenset()) -> tuple[Block, ...]:
    """The text below an element as blocks, without navigation, forms and figures; tables are written out as a whole.

    Tags in `keep` are read even if they are normally skipped.
    """
    skipped = _SKIPPED - keep
    known: dict[HtmlElement, tuple[BlockKind, HtmlElement] | None] = {}
    layouts: dict[HtmlElement, bool] = {}
    blocks: list[Block] = []
    table: HtmlElement | None = None  # the table whose lines are skipped, because it was written out as a whole
    chars = 0
    for line in lines_of(root):
        role = _role(line.element, root, skipped, known)
        if role is None:
            continue
        chars += len(line.text)
        if chars > MAX_CHARS:
            break  # more than any story has; the rest is in the WARC
        kind, owner = role
        if kind == "table":
            here = next(owner.iterancestors("table"), None)
            if here is not None and here not in layouts:
                layouts[here] = is_layout(here)
            if here is None or layouts[here]:
                kind = "paragraph"
            elif here is table:
                continue
            else:
                table = here
                blocks.append(Block("table", table_text(here)))
                continue
        blocks.append(_block(line, kind, owner))
    return tuple(blocks)


def _block(line: Line, kind: BlockKind, owner: HtmlElement) -> Block:
    level = int(str(owner.tag)[1]) if kind == "heading" else 0
    return Block(kind, line.text, level=level, link_density=round(line.link_density, 3))


def _role(
    element: HtmlElement,
    root: HtmlElement,
    skipped: frozenset[str],
    known: dict[HtmlElement, tuple[BlockKind, HtmlElement] | None],
) -> tuple[BlockKind, HtmlElement] | None:
    """The kind of a line in this element, and the element that decides it; None if it is not story text."""
    chain: list[HtmlElement] = []
    found: tuple[BlockKind, HtmlElement] | None = ("paragraph", root)
    at: HtmlElement | None = element
    while at is not None and at is not root:
        if at in known:
            found = known[at]
            break
        chain.append(at)
        at = at.getparent()
    for member in reversed(chain):
        if member.tag in skipped:
            found = None
        elif found is not None and member.tag in _KINDS:
            found = (_KINDS[str(member.tag)], member)
        known[member] = found
    return found
