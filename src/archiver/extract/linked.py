"""Lines of a story's text that consist of a link: which lead away from the story, and which belong to it.

A line that is only a link may announce another story, or be a source, a product's name or an entry of the story's own
list. So the link alone is no evidence. Its position is (above or below the text, under a removed label), and so is a
single link to the same site that is placed between paragraphs like a headline.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from archiver.extract.lines import Line
from archiver.extract.phrases import is_announcement, is_disclosure, is_label
from archiver.extract.prose import weight
from archiver.model import Block
from archiver.urls import host_of, registered_domain

# Link to the same page, to the same site, to another site; several links.
Lead = Literal["here", "own", "out", "several"]
_ALONE = 0.9
_LONGEST = 200  # characters
_HEAD = 8  # blocks at most above a story's text
_LEAST_HEADLINE = 20
_LEAST_TEXT = 40  # as `weight` counts, of the text below a heading
_SENTENCE_ENDS = (".", "!", "?", ":", "。", "！", "？", "：", ";")
_LABELS = frozenset({"prompt", "heading_of_removed"})
_SEVERAL = 3
_LONG = 80  # as `weight` counts, of a paragraph of the text
_INNER = re.compile(r"(?:/(?:p|blockquote|q|ul|ol|li|h[2-6]|em|strong)(?:\.wp-block-[\w-]+)*)+$")
_MOSTLY_OWN = 0.3
_FEW_LINKS = 4  # one below the other: more are a box of links
_TYPED = 3  # minimum number of paragraphs in one container that make it the place where the author typed


def lead_of(element: HtmlElement, url: str) -> Lead | None:
    """Where the links of a line's element lead, relative to the page's own URL."""
    anchors = [anchor.get("href") or "" for anchor in element.iter("a")]
    if not anchors:
        anchors = [above.get("href") or "" for above in element.iterancestors("a")][:1]
    if len(set(anchors)) != 1:
        return "several" if anchors else None
    target = anchors[0]
    if target.startswith("#"):
        return "here"
    if not urlsplit(url).netloc or "//" not in target[:8]:
        return "own"
    if target.partition("//")[2].partition("/")[0] == urlsplit(url).netloc:
        return "own"
    try:
        same = registered_domain(host_of(target)) == registered_domain(host_of(url))
    except ValueError:
        return "out"
    return "own" if same else "out"


def leads_away(line: Line, url: str) -> bool:
    """Whether a line's own links, ignoring those of the rest of its element, lead to another page of the same site."""
    texts = (node.getparent() for node in line.nodes if not node.is_tail)
    anchors = {anchor for text in texts for anchor in (text, *text.iterancestors("a")) if anchor.tag == "a"}
    return bool(anchors) and all(lead_of(anchor, url) == "own" for anchor in anchors)


def mark_linked(
    blocks: Sequence[Block],
    leads: Mapping[int, Lead],
    body: int,
    reasons: dict[int, str],
    typed: frozenset[int] = frozenset(),
) -> None:
    """Marks link-only lines that are apart from the text. `body`: where the running text begins. `typed`: lines that
    the author typed between the paragraphs, which stay."""
    last = max((index for index in range(len(blocks)) if index not in reasons and _is_text(blocks[index])), default=0)
    prompts = Counter(blocks[index].text for index, reason in reasons.items() if reason == "prompt")
    index = 0
    while index < len(blocks):
        if not _is_link(blocks[index]) or index in reasons:
            index += 1
            continue
        end = index
        while end < len(blocks) and _is_link(blocks[end]) and end not in reasons:
            end += 1
        # "Read more" below each entry of a list belongs to that entry and announces nothing.
        closes = index > 0 and prompts[blocks[index - 1].text] >= _SEVERAL
        labelled = index > 0 and reasons.get(index - 1) in _LABELS and not closes
        titled = labelled and _is_label(blocks[index - 1], reasons[index - 1])
        own_list = index > 0 and index - 1 not in reasons and _is_list_of(blocks[index - 1], blocks[index:end])
        for at in range(index, end):
            if (at in typed and end - index <= _FEW_LINKS) or _heads_text(blocks, at, leads, labelled=titled):
                continue
            apart = (at < min(body, _HEAD) or at > last) and leads.get(at) != "out"
            if (apart and not own_list) or labelled or _announces(blocks, at, leads, reasons):
                reasons[at] = "link_only"
        index = end


def spare_typed(blocks: Sequence[Block], reasons: dict[int, str]) -> frozenset[int]:
    """Keeps "Also read: TITLE", labels such as "See also:" and a disclosure of advertising links where the author typed
    them: in the container of the story's paragraphs, with text before and after. Returns the positions of such prompts
    and links.

    Content management systems of newsrooms insert such lines, many with a class of their own; other sites' pages are
    written by hand.
    """
    told = [index for index in range(len(blocks)) if index not in reasons and _is_text(blocks[index])]
    between = range(told[0] + 1, told[-1]) if told else range(0)
    asked = [index for index in between if reasons.get(index) == "prompt" or _is_link(blocks[index])]
    if not asked:
        return frozenset()
    homes = Counter(
        _container(block.path) for block in blocks if block.kind == "paragraph" and weight(block.text) >= _LONG
    )
    typed = frozenset(index for index in asked if homes[_container(blocks[index].path)] >= _TYPED)
    for index in [index for index, reason in reasons.items() if reason == "prompt" and index in typed]:
        text = blocks[index].text
        refers = is_label(text) or (text.endswith(":") and is_announcement(f"{text} x"))
        discloses = blocks[index].link_density < _MOSTLY_OWN and is_disclosure(text)
        if refers or discloses or (blocks[index].link_density > 0 and is_announcement(text)):
            del reasons[index]
    return typed


def _container(path: str) -> str:
    """The path of the box around paragraphs, quotes, headings and list items that have no class but
    that of an editor's usual blocks."""
    return _INNER.sub("", path)


def _is_label(block: Block, reason: str) -> bool:
    """Whether a removed prompt or heading announces what is below it."""
    is_title = block.kind == "heading" or is_label(block.text) or block.text.rstrip().endswith((":", "："))
    return reason == "heading_of_removed" or is_title


def _is_link(block: Block) -> bool:
    return (
        block.kind in ("paragraph", "heading", "list_item")
        and block.link_density >= _ALONE
        and len(block.text) < _LONGEST
    )


def _is_text(block: Block) -> bool:
    return not _is_link(block) and (block.kind != "heading" and weight(block.text) >= 40)


def _heads_text(blocks: Sequence[Block], at: int, leads: Mapping[int, Lead], *, labelled: bool) -> bool:
    """Whether a linked heading has its own text directly below. Under a label ("Related") the text is another story's,
    unless the link leads to the heading itself."""
    if blocks[at].kind != "heading" or at + 1 >= len(blocks) or (labelled and leads.get(at) in ("own", "out")):
        return False
    deeper = (block for block in blocks[at + 1 : at + 3] if block.kind != "heading" or block.level <= blocks[at].level)
    below = next(deeper, blocks[at + 1])
    return below.kind != "heading" and not _is_link(below) and weight(below.text) >= _LEAST_TEXT


def _is_list_of(before: Block, links: Sequence[Block]) -> bool:
    """Whether the line above a list of links introduces it, and its entries are shorter than headlines."""
    leads_to = before.kind == "heading" or before.text.rstrip().endswith((":", "："))
    return (
        leads_to
        and all(link.kind == "list_item" for link in links)
        and sum(weight(link.text) for link in links) < len(links) * (_LEAST_HEADLINE + 5)
    )


def _announces(blocks: Sequence[Block], at: int, leads: Mapping[int, Lead], reasons: Mapping[int, str]) -> bool:
    """Whether a link inside the text announces another story of the site: a single headline that no line introduces."""
    block = blocks[at]
    if leads.get(at) != "own" or block.kind == "list_item" or weight(block.text) < _LEAST_HEADLINE:
        return False
    if block.text.endswith(_SENTENCE_ENDS) or block.text[0] in "([{":
        return False
    before = blocks[at - 1] if at else None
    if before is not None and (before.text.rstrip().endswith((":", "：")) or before.kind == "heading"):
        return False
    after = blocks[at + 1] if at + 1 < len(blocks) else None
    if block.kind == "heading":
        return after is None or after.kind == "heading" or at + 1 in reasons
    return True
