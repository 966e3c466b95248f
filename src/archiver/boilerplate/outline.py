"""The outline of a story's state, which is all that learning reads: no words, only keys and positions of its blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from archiver.boilerplate.keys import fold, number, place_key, place_of, shape_of, text_key, without_figures
from archiver.model import Article, Block

# Bits of `Outline.marks`.
HEADING = 1
RUNNING = 2  # paragraph in the element that holds the story's running text
NAMES_AUTHOR = 4
APART = 8  # in a separate box inside or outside that element
LINKED = 16  # at least half of its text is anchor text
CORRECTION = 32  # reports a correction of the story: part of the record, never learned
NAMED_PLACE = 64  # the place has a class that distinguishes it from others
LIST = 128  # list item, table, quote, code: never learned inside a text

_BOXES = frozenset({"div", "aside", "section", "footer", "header", "nav", "form"})
# Words with which papers mark a correction, in the languages they write.
_CORRECTIONS = (
    "correction", "corrected", "clarification", "an earlier version", "a previous version", "editor's note",
    "editor’s note", "erratum", "errata", "corrección", "correcciones", "corregid", "rectificación", "aclaración",
    "una versión anterior", "nota del editor", "nota de la redacción", "rectificatif", "berichtigung", "korrektur",
    "korrigiert", "correção", "errata corrige",
)  # fmt: skip
_LONGEST_BIO = 800
_LONGEST = 1500  # characters of a block that may be boilerplate
_LONGEST_INSIDE = 200  # and of one between the story's own paragraphs
_AT_EDGE = 5  # blocks
_AT_END = 3
_AUTHOR_SHAPE = "(author) …"


@dataclass(frozen=True, slots=True)
class Outline:
    """The blocks of one state of a story's page, in reading order, in tuples of equal length; then the places of blocks
    that the extraction rules removed. Computed from the page alone, before learned boilerplate is removed."""

    template: int  # key of the element around the running text: changes with a redesign
    body: int  # key of the longest paragraphs: equal for one text at two URLs; 0 for too little text
    language: str  # ISO 639-1; empty if unknown
    title: int  # key without figures: equal for the parts of one gallery or story
    authors: tuple[int, ...]
    texts: tuple[int, ...]  # 0 for a long paragraph between others, which can't be boilerplate
    shapes: tuple[int, ...]
    places: tuple[int, ...]
    sizes: tuple[int, ...]
    marks: tuple[int, ...]
    gone: tuple[int, ...]  # places of removed blocks


def outline_of(article: Article) -> Outline:
    """The outline of an extracted article."""
    blocks = article.blocks
    container = _container(blocks)
    names = [fold(name) for name in article.authors if len(name) > 4]
    wanted = [_is_learnable(at, len(blocks), block, container) for at, block in enumerate(blocks)]
    folded = [fold(block.text) if learnable else "" for block, learnable in zip(blocks, wanted, strict=True)]
    shapes = [
        _AUTHOR_SHAPE if _may_be_biography(len(blocks) - at, text, names) else shape_of(text, block.link_density)
        for at, (block, text) in enumerate(zip(blocks, folded, strict=True))
    ]
    marks = [_marks(block, container, text, names) for block, text in zip(blocks, folded, strict=True)]
    return Outline(
        number("place", place_of(container)) if container else 0,
        _body(blocks, marks),
        article.language or "",
        number("title", without_figures(fold(article.title))),
        tuple(number("author", name) for name in names),
        tuple(text_key(block.text) if text else 0 for block, text in zip(blocks, folded, strict=True)),
        tuple(number("shape", shape) if shape else 0 for shape in shapes),
        tuple(place_key(block.path) for block in blocks),
        tuple(len(block.text) for block in blocks),
        tuple(marks),
        tuple(place_key(entry.block.path) for entry in article.removed if entry.block.path),
    )


def _is_learnable(at: int, count: int, block: Block, container: str) -> bool:
    size = len(block.text)
    if size <= _LONGEST_INSIDE or at < _AT_EDGE or at >= count - _AT_EDGE:
        return size <= _LONGEST
    return size <= _LONGEST and not _is_running(block, container)


def _may_be_biography(to_end: int, folded: str, names: Sequence[str]) -> bool:
    """Whether one of the last blocks begins with the author's name: a shape shared by all authors of a site."""
    return to_end <= _AT_END and len(folded) <= _LONGEST_BIO and any(folded.startswith(name) for name in names)


def _body(blocks: Sequence[Block], marks: Sequence[int]) -> int:
    running = [
        block.text for block, mark in zip(blocks, marks, strict=True) if mark & RUNNING and len(block.text) >= 100
    ]
    longest = sorted(running, key=lambda text: (len(text), text))[-2:]
    return number("body", "\n".join(map(fold, longest))) if len(longest) == 2 else 0


def _container(blocks: Sequence[Block]) -> str:
    """The element that holds most of the running text; empty if paths are unknown."""
    held: Counter[str] = Counter()
    for block in blocks:
        if block.kind == "paragraph" and block.path:
            held[block.path] += len(block.text)
    return held.most_common(1)[0][0].rpartition("/")[0] if held else ""


def _marks(block: Block, container: str, folded: str, names: Sequence[str]) -> int:
    marks = HEADING if block.kind == "heading" else 0 if block.kind == "paragraph" else LIST
    if _is_apart(block.path, container):
        marks |= APART | (NAMED_PLACE if "." in place_of(block.path) else 0)
    elif _is_running(block, container):
        marks |= RUNNING
    if block.link_density >= 0.5:
        marks |= LINKED
    if folded and len(folded) <= _LONGEST_BIO:
        if any(name in folded for name in names):
            marks |= NAMES_AUTHOR
        for words in _CORRECTIONS:  # a generator would take twice as long, for every block of every page
            if words in folded:
                marks |= CORRECTION
                break
    return marks


def _is_running(block: Block, container: str) -> bool:
    return block.kind == "paragraph" and block.link_density < 0.5 and not _is_apart(block.path, container)


@lru_cache(maxsize=4096)
def _is_apart(path: str, container: str) -> bool:
    if not path or not container:
        return False
    if not path.startswith(container):
        return True
    inner = path[len(container) :].split("/")
    return inner[0] != "" or any(step.partition(".")[0] in _BOXES for step in inner[1:])
