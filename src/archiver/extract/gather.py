"""Adds lines of a story that the general extractor left out.

The extractor takes one container, and drops lists and paragraphs in it based on links and length. Magazine pages
interrupt a story with promotions and continue in a similar container. A line in the story's containers belongs to the
story unless a class, a link or its position is evidence against it; `junk` filters the result afterwards.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Self

from lxml.html import HtmlElement

from archiver.extract.captions import credit_of
from archiver.extract.lines import INLINE, Line
from archiver.extract.phrases import is_prompt
from archiver.extract.prose import STORY_PARAGRAPHS, Prose, boxes_alike, weight
from archiver.extract.titles import key_of, title_position
from archiver.model import Block, BlockKind
from archiver.tokens import MARKS

_KINDS: dict[str, BlockKind] = {
    "p": "paragraph",
    "li": "list_item",
    "dt": "list_item",
    "dd": "list_item",
    "blockquote": "quote",
    **dict.fromkeys(("h2", "h3", "h4", "h5", "h6"), "heading"),
}
_INNER = frozenset({*_KINDS, "ul", "ol", "dl", *INLINE})
_ELSEWHERE_TAGS = frozenset({"nav", "footer", "aside", "header", "form", "figure", "figcaption", "button", "menu"})
_ELSEWHERE = re.compile(
    r"related|recommend|sidebar|promo|teaser|trending|widget|newsletter|subscri|signup|sign-up|share|sharing|social|footer|navigat|\bnav\b"
    r"|menu|breadcrumb|comment|disqus|respon[ds]e|reply|\btags?\b|tag-?list|byline|author|\bbio\b|\bmeta\b|toc\b|contents-list|caption|credit"
    r"|advert|\bads?\b|sponsor|banner|popup|modal|cookie|consent|paywall|more-(?:from|on|stories|news)|read-?(?:more|next|also)|most-|popular|carousel|slider|gallery|disclaimer|copyright|topics",
    re.IGNORECASE,
)
_SHORT = 25  # letters: so short a text may occur in another sentence
_LETTERS = re.compile(rf"[^\W_](?:[^\W_]|[{MARKS}])*")
_LONGEST_QUESTION = 200
_LEAST_HOME = 200  # of the story's text in one container, as `weight` counts
_LEAST_PARAGRAPH = 100
_LINKED = 0.5
_FEW_LINKED = 0.2  # of a box inside the text
_SENTENCE_ENDS = (".", "!", "?", "。", "！", "？", ".”", ".)", '."')
_BOXES_IN_BOXES = 6
_ANCHOR = 4  # words: names of boxes have fewer
_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_PARAGRAPHS = frozenset({"p", "blockquote", "li"})
_BELOW_HEADLINE = 60  # lines
_LEAST_HEADLINE = 20  # as `weight` counts
_LITTLE = 250  # as `weight` counts: less is not a story


def gather(
    blocks: Sequence[Block], places: Sequence[int | None], lines: Sequence[Line]
) -> list[tuple[Block, int | None]]:
    """The blocks together with missed ones, each with the position of its line. `places` are the positions of
    `blocks`."""
    kept = sorted({place for place in places if place is not None})
    homes = _homes(kept, lines)
    if not homes:
        return list(zip(blocks, places, strict=True))
    missed = _missed(kept, homes, lines, _Known.of(blocks, places, lines))
    return _merged(blocks, places, [(index, _block(lines[index], kind)) for index, kind in missed])


def blocks_instead(
    blocks: Sequence[Block], lines: Sequence[Line], prose: Prose, captions: frozenset[str], title: str = ""
) -> tuple[Block, ...] | None:
    """A story that the general extractor missed: the whole container with the page's running text, the text directly
    below the headline if teasers were found instead, or captions if a story has no other text. None if the blocks found
    are as good.

    `captions` are the keys of the texts that count as captions, and so not as text.
    """
    size = sum(weight(block.text) for block in blocks if key_of(block.text) not in captions)
    container = prose.container
    if container is not None and prose.run >= STORY_PARAGRAPHS and size * 2 < prose.run_chars:
        inside = [
            _block(line, kind)
            for line in lines
            if (kind := _KINDS.get(str(line.element.tag), "paragraph" if line.element is container else None))
            and (_home(line.element) is container or container in line.element.iterancestors())
            and not _apart(line.element, container)
        ]
        return tuple(inside)
    if prose.paragraphs >= STORY_PARAGRAPHS and size * 2 < prose.chars:
        boxes, chars = boxes_alike(lines)
        if len(boxes) > 1 and size * 2 < chars:
            return _inside(boxes, lines)
    if _are_teasers(blocks, lines):
        below = _below_headline(lines, title, captions)
        if below and not _holds(blocks, below):
            return below
    if size < _LITTLE:
        told = [line for line in lines if line.element.tag == "figcaption" or _in_caption(line.element)]
        if sum(weight(line.text) for line in told) >= max(2 * _LITTLE, 2 * size) and len(told) >= 3:
            return tuple(Block("caption", line.text) for line in told)
    return None


def _below_headline(lines: Sequence[Line], title: str, captions: frozenset[str]) -> tuple[Block, ...]:
    """The text between the headline and the first linked headline, if it is a story's."""
    at = title_position(lines, title)
    found: list[Block] = []
    for line in lines[at + 1 : at + 1 + _BELOW_HEADLINE] if at is not None else ():
        if line.element.tag == "h1" or (line.link_density > 0.9 and weight(line.text) >= _LEAST_HEADLINE):
            break
        kind = _KINDS.get(str(line.element.tag))
        if kind and line.link_density < _LINKED and key_of(line.text) not in captions and not _is_named(line.element):
            found.append(_block(line, kind))
    told = sum(weight(block.text) for block in found if block.kind != "heading")
    return tuple(found) if told >= _LITTLE else ()


def _holds(blocks: Sequence[Block], below: Sequence[Block]) -> bool:
    """Whether the blocks found have a line of the text below the headline."""
    whole = "".join(_letters(block.text) for block in blocks)
    return any(_letters(block.text) in whole for block in below if block.kind != "heading")


def _are_teasers(blocks: Sequence[Block], lines: Sequence[Line]) -> bool:
    """Whether most blocks are directly below a linked headline."""
    under = {
        line.text
        for above, line in pairwise(lines)
        if above.link_density > 0.9 and weight(above.text) >= _LEAST_HEADLINE and line.link_density < _LINKED
    }
    told = [block for block in blocks if block.kind != "heading"]
    return 2 * sum(1 for block in told if block.text in under) > len(told)


def _inside(boxes: frozenset[HtmlElement], lines: Sequence[Line]) -> tuple[Block, ...]:
    """The text of several similar containers, with the headings between them."""
    at = [index for index, line in enumerate(lines) if _home(line.element) in boxes]
    found = []
    for line in lines[max(0, at[0] - 1) : at[-1] + 1]:
        kind = _KINDS.get(str(line.element.tag))
        home = _home(line.element)
        if kind is None or home is None or line.link_density >= _LINKED:
            continue
        if (home in boxes or kind == "heading") and not _apart(line.element, home):
            found.append(_block(line, kind))
    return tuple(found)


def _in_caption(element: HtmlElement) -> bool:
    above = element.getparent()
    return above is not None and above.tag == "figcaption"


def _homes(kept: Sequence[int], lines: Sequence[Line]) -> dict[HtmlElement, tuple[int, int]]:
    """The containers of the story's lines, with the first and last position of its lines in each."""
    sizes: dict[HtmlElement, int] = {}
    spans: dict[HtmlElement, tuple[int, int]] = {}
    for index in kept:
        line = lines[index]
        home = _home(line.element)
        if home is None:
            continue
        first, last = spans.get(home, (index, index))
        spans[home] = (min(first, index), max(last, index))
        if line.element.tag in ("p", "li", "blockquote"):
            sizes[home] = sizes.get(home, 0) + weight(line.text)
    return {home: spans[home] for home, size in sizes.items() if size >= _LEAST_HOME}


def _missed(
    kept: Sequence[int], homes: dict[HtmlElement, tuple[int, int]], lines: Sequence[Line], texts: _Known
) -> list[tuple[int, BlockKind]]:
    known = set(kept)
    signs = {sign: home for home in homes if (sign := _sign(home))}
    others: dict[HtmlElement, bool] = {}
    found: list[tuple[int, BlockKind]] = []
    held = _boxes_with_text(kept, homes, lines)
    for index in range(kept[0] + 1, len(lines)):
        line = lines[index]
        if line.element.tag == "h1" and index > kept[-1]:
            break  # another story
        leads_to = lines[index - 1].text.endswith((":", "："))
        if index in known or (line.link_density >= _LINKED and not leads_to):
            continue
        if index + 1 in known and _asks(line) and line.text not in texts:
            found.append((index, "heading"))
            texts.add(line.text)
            continue
        kind = _KINDS.get(str(line.element.tag)) or _boxed_paragraph(line)
        home = _home(line.element) if kind else None
        if kind is None or home is None:
            continue
        span = homes.get(home)
        if (
            span is None
            and (around := _around(home, homes)) is not None
            and homes[around][0] < index < homes[around][1]
        ):
            if home not in others:
                others[home] = _is_part(home, around, lines, index)
            inside = others[home] and not _apart(line.element, home)
        elif span is not None:
            # The heading of the container's first paragraph
            first = span[0] - (kind == "heading" and span[0] == index + 1)
            if (
                index > span[1]
                and index == _worded(span[1] + 1, lines)
                and (end := _end_of_list(home, index, lines)) > index
            ):
                span = homes[home] = (span[0], end)
            inside = first <= index < span[1] and not _apart(line.element, home, held)
        else:
            if home not in others:
                between = index < kept[-1]
                others[home] = _continues(home, signs, lines, index, frozenset(homes), between=between)
            inside = others[home] and not _apart(line.element, home)
        heads_other = kind == "heading" and is_prompt(line.text)  # links or a form
        if inside and not heads_other and line.text not in texts and credit_of(line.text) is None:
            found.append((index, kind))
            texts.add(line.text)
    return found


@dataclass(slots=True)
class _Known:
    """The text found so far. A block may hold several lines, and spaces that its lines don't have."""

    whole: str  # the letters of all blocks
    joined: str  # those of blocks with more than one line, in which short lines may also occur
    lines: set[str]

    @classmethod
    def of(cls, blocks: Sequence[Block], places: Sequence[int | None], lines: Sequence[Line]) -> Self:
        letters = [_letters(block.text) for block in blocks]
        joined = "".join(
            text
            for text, block, place in zip(letters, blocks, places, strict=True)
            if place is None or len(block.text) > len(lines[place].text) + 2
        )
        return cls("".join(letters), joined, set(letters))

    def __contains__(self, text: str) -> bool:
        letters = _letters(text)
        return letters in self.lines or letters in (self.joined if len(letters) < _SHORT else self.whole)

    def add(self, text: str) -> None:
        self.lines.add(_letters(text))


def _letters(text: str) -> str:
    return "".join(_LETTERS.findall(text)).casefold()


def _asks(line: Line) -> bool:
    """Whether a line is a question; directly above text it is its heading, whatever unfolds the answer."""
    return line.text.endswith(("?", "？")) and not line.linked and _SHORT <= weight(line.text) <= _LONGEST_QUESTION


def _end_of_list(home: HtmlElement, index: int, lines: Sequence[Line]) -> int:
    """The end of the list of sentences that `index` belongs to, directly below the last paragraph of a container; a
    heading may introduce it. `index` itself if there is none."""
    at = _worded(index + 1, lines) if lines[index].element.tag in _HEADINGS else index
    end = index
    while at < len(lines) and _is_plain_item(lines[at]) and _home(lines[at].element) is home:
        end, at = at + 1, _worded(at + 1, lines)
    return end


def _worded(at: int, lines: Sequence[Line]) -> int:
    """The next line with a letter or digit from `at` on: editors leave empty paragraphs with an invisible character."""
    while at < len(lines) and not _letters(lines[at].text):
        at += 1
    return at


def _is_plain_item(line: Line) -> bool:
    return line.element.tag == "li" and not line.linked and weight(line.text) >= _SHORT


def _boxed_paragraph(line: Line) -> BlockKind | None:
    """A paragraph that has only a box of its own: a note, a tip."""
    is_text = line.element.tag == "div" and line.linked == 0 and weight(line.text) >= _LEAST_PARAGRAPH
    return "paragraph" if is_text and line.text.endswith(_SENTENCE_ENDS) else None


def _boxes_with_text(
    kept: Sequence[int], homes: Mapping[HtmlElement, tuple[int, int]], lines: Sequence[Line]
) -> frozenset[HtmlElement]:
    """Elements between a container and its lines of the story: their names are no evidence against their other
    lines."""
    held: set[HtmlElement] = set()
    for index in kept:
        at = lines[index].element.getparent()
        while at is not None and at not in held and at.tag in _INNER and at not in homes:
            held.add(at)
            at = at.getparent()
    return frozenset(held)


def _continues(
    home: HtmlElement,
    signs: dict[str, HtmlElement],
    lines: Sequence[Line],
    index: int,
    homes: frozenset[HtmlElement],
    *,
    between: bool,
) -> bool:
    """Whether a container continues the story: similar to a container of the story, in the same article, with
    paragraphs, and neither under a linked headline nor beside the story. `between`: text of the story follows it."""
    alike = signs.get(_sign(home))
    if alike is None or next(alike.iterancestors("article"), None) is not next(home.iterancestors("article"), None):
        return False
    above = (line for line in lines[max(0, index - 2) : index] if line.link_density > 0.9)
    if any(weight(line.text) >= 20 and _home(line.element) not in homes for line in above):
        return False
    if any(above.tag in _ELSEWHERE_TAGS or _is_named(above) for above in _up_to_common(home, alike)):
        return False
    own = [line for line in lines[index : index + 40] if _home(line.element) is home]
    if between and sum(line.linked for line in own) < _FEW_LINKED * sum(weight(line.text) for line in own):
        return True
    return any(
        line.element.tag in _PARAGRAPHS and line.link_density < 0.3 and weight(line.text) >= _LEAST_PARAGRAPH
        for line in own
    )


def _around(home: HtmlElement, homes: Mapping[HtmlElement, tuple[int, int]]) -> HtmlElement | None:
    """The story's container around a box, if near."""
    return next((above for above in islice(home.iterancestors(), _BOXES_IN_BOXES) if above in homes), None)


def _is_part(home: HtmlElement, around: HtmlElement, lines: Sequence[Line], index: int) -> bool:
    """Whether a box inside the story's text is part of it, such as a section that unfolds on a click: it has a
    paragraph, few links and no form, and no ancestor up to the container is named otherwise."""
    on_the_way = _up_to_common(home, around)[:-1]  # except the story's own container
    quoted = home.tag == "figure" or any(above.tag == "blockquote" for above in lines[index].element.iterancestors())
    passed = (above for above in on_the_way if not (above.tag == "figure" and quoted))
    if any(above.tag in _ELSEWHERE_TAGS or _is_named(above) for above in passed):
        return False
    if next(home.iter("input", "textarea", "select"), None) is not None:
        return False  # a form
    own = [line for line in lines[index : index + 40] if _home(line.element) is home]
    if sum(line.linked for line in own) >= _FEW_LINKED * sum(weight(line.text) for line in own):
        return False
    return any(
        (line.element.tag in _PARAGRAPHS or _boxed_paragraph(line)) and weight(line.text) >= _LEAST_PARAGRAPH
        for line in own
    )


def _up_to_common(element: HtmlElement, other: HtmlElement) -> list[HtmlElement]:
    common = set(other.iterancestors())
    chain = [element]
    for above in element.iterancestors():
        if above in common:
            break
        chain.append(above)
    return chain


def _home(element: HtmlElement) -> HtmlElement | None:
    at: HtmlElement | None = element
    while at is not None and at.tag in _INNER:
        at = at.getparent()
    return at


def _apart(element: HtmlElement, home: HtmlElement, held: frozenset[HtmlElement] = frozenset()) -> bool:
    """Whether an element between a line and its container is named as something other than text. `held` are those that
    have other lines of the story."""
    at: HtmlElement | None = element
    while at is not None and at is not home:
        if at not in held and _is_named(at):
            return True
        at = at.getparent()
    return False


def _is_named(element: HtmlElement) -> bool:
    classes, name = element.get("class"), element.get("id")
    if classes and _ELSEWHERE.search(classes):
        return True
    return name is not None and _ELSEWHERE.search(name) is not None and not _is_anchor(element, name)


def _is_anchor(element: HtmlElement, name: str) -> bool:
    """Whether an ID consists of the words of the heading below it, as tables of contents need it."""
    if element.tag in _HEADINGS:
        return True
    if len(re.findall(r"[^\W_]+", name)) < _ANCHOR:
        return False
    return _letters("".join(element.itertext())[: 4 * len(name)]).startswith(_letters(name))


def _sign(home: HtmlElement) -> str:
    """The tag and a class that identifies similar containers."""
    classes = (home.get("class") or "").strip()
    return f"{home.tag!s} {classes}" if classes else ""


def _block(line: Line, kind: BlockKind) -> Block:
    level = (int(str(line.element.tag)[1]) if line.element.tag in _HEADINGS else 3) if kind == "heading" else 0
    return Block(kind, line.text, level=level, link_density=round(line.link_density, 3))


def _merged(
    blocks: Sequence[Block], places: Sequence[int | None], missed: Sequence[tuple[int, Block]]
) -> list[tuple[Block, int | None]]:
    """Both lists merged in reading order; blocks without a known line follow the block before them."""
    order: list[int] = []
    last = -1
    for place in places:
        last = max(last, place if place is not None else last)
        order.append(last)
    merged: list[tuple[Block, int | None]] = list(zip(blocks, places, strict=True))
    for index, block in reversed(missed):
        merged.insert(bisect_right(order, index), (block, index))
    return merged
