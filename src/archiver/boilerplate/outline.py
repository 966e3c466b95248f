"""One state of a story as learning sees it: no words, only what its blocks are known by and how they stand."""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass

from archiver.boilerplate.keys import What, number, place_key, place_of, shape_key, text_key
from archiver.model import Article, Block

# Bits of `Outline.marks`.
HEADING = 1
RUNNING = 2  # a paragraph in the element that holds the story's running text
NAMES_AUTHOR = 4
APART = 8  # in a box of its own inside or outside that element
LINKED = 16  # half of it or more is anchor text
CORRECTION = 32  # says that the story was corrected: part of the record, never learned
NAMED_PLACE = 64  # some class tells its place from others
LIST = 128  # list item, table, quote, code: never learned in the middle of a text

_BOXES = frozenset({"div", "aside", "section", "footer", "header", "nav", "form"})
_CORRECTION = re.compile(
    r"\b(?:corrections?|corrected|clarifications?|an earlier version|a previous version|editor.s note|errat(?:a|um)"
    r"|correcci[óo]n|correcciones|fe de erratas|rectificaci[óo]n|aclaraci[óo]n|una versi[óo]n anterior"
    r"|nota d(?:el editor|e la redacci[óo]n)"
    r"|rectificatif|berichtigung|korrektur|corre[çc][ãa]o|errata corrige)\b",
    re.IGNORECASE,
)
_LONGEST_BIO = 800
_LONGEST = 1500  # characters of what may be boilerplate
_LONGEST_INSIDE = 200  # and of what may be amid a text
_AT_EDGE = 5  # blocks


@dataclass(frozen=True, slots=True)
class Outline:
    """The blocks of one state of a story's page, in reading order, in tuples of equal length; then what the rules of
    extraction took out. It is computed from the page alone, before anything learned is removed."""

    template: int  # of the element around the running text: differs after a redesign
    body: int  # of the longest paragraphs: equal where one text stands at two addresses; 0 for too little text
    authors: tuple[int, ...]
    texts: tuple[int, ...]  # 0 for a long paragraph amid others, which nothing could make boilerplate
    shapes: tuple[int, ...]
    places: tuple[int, ...]
    sizes: tuple[int, ...]
    marks: tuple[int, ...]
    gone: tuple[int, ...]  # places of what was taken out

    def pack(self) -> bytes:
        """As bytes to store; `unpack` gives an equal value."""
        return zlib.compress(json.dumps(astuple(self), separators=(",", ":")).encode(), 1)

    @classmethod
    def unpack(cls, data: bytes) -> Outline:
        template, body, *rest = json.loads(zlib.decompress(data))
        return cls(template, body, *map(tuple, rest))

    def learnable(self) -> Iterator[tuple[What, int]]:
        """All that a rule could take something out by."""
        for key in self.texts:
            if key:
                yield "text", key
        for key in self.shapes:
            if key:
                yield "shape", key
        for key, marks in zip(self.places, self.marks, strict=True):
            if key and marks & NAMED_PLACE:
                yield "place", key


def outline_of(article: Article) -> Outline:
    """The outline of an article as extraction made it."""
    blocks = article.blocks
    container = _container(blocks)
    names = [name.casefold() for name in article.authors if len(name) > 4]
    marks = tuple(_marks(block, container, names) for block in blocks)
    texts = tuple(text_key(block.text) for block in blocks)
    learnable = [
        _is_learnable(at, len(blocks), block, mark) for at, (block, mark) in enumerate(zip(blocks, marks, strict=True))
    ]
    return Outline(
        number("place", place_of(container)) if container else 0,
        _body(blocks, texts, marks),
        tuple(number("author", name) for name in names),
        tuple(key if wanted else 0 for key, wanted in zip(texts, learnable, strict=True)),
        tuple(shape_key(block.text, block.link_density) for block in blocks),
        tuple(place_key(block.path) for block in blocks),
        tuple(len(block.text) for block in blocks),
        marks,
        tuple(place_key(entry.block.path) for entry in article.removed if entry.block.path),
    )


def _is_learnable(at: int, count: int, block: Block, marks: int) -> bool:
    if marks & RUNNING and len(block.text) > _LONGEST_INSIDE:
        return (at < _AT_EDGE or at >= count - _AT_EDGE) and len(block.text) <= _LONGEST
    return len(block.text) <= _LONGEST


def _body(blocks: Sequence[Block], texts: Sequence[int], marks: Sequence[int]) -> int:
    sizes = sorted(
        ((len(block.text), key) for block, key, mark in zip(blocks, texts, marks, strict=True) if mark & RUNNING)
    )
    longest = [str(key) for size, key in sizes[-2:] if size >= 100]
    return number("body", " ".join(longest)) if len(longest) == 2 else 0


def _container(blocks: Sequence[Block]) -> str:
    """The element that holds most of the running text; empty where paths are unknown."""
    held: Counter[str] = Counter()
    for block in blocks:
        if block.kind == "paragraph" and block.path:
            held[block.path] += len(block.text)
    return held.most_common(1)[0][0].rpartition("/")[0] if held else ""


def _marks(block: Block, container: str, names: Sequence[str]) -> int:
    text = block.text
    marks = 0
    if block.kind == "heading":
        marks |= HEADING
    elif block.kind != "paragraph":
        marks |= LIST
    apart = bool(container and block.path) and _apart(block.path, container)
    if apart:
        marks |= APART
    elif block.kind == "paragraph" and block.link_density < 0.5:
        marks |= RUNNING
    if block.link_density >= 0.5:
        marks |= LINKED
    if names and len(text) <= _LONGEST_BIO:
        folded = text.casefold()
        if any(name in folded for name in names):
            marks |= NAMES_AUTHOR
    if len(text) <= _LONGEST_BIO and _CORRECTION.search(text):
        marks |= CORRECTION
    if apart and "." in place_of(block.path):
        marks |= NAMED_PLACE
    return marks


def _apart(path: str, container: str) -> bool:
    if not path.startswith(container):
        return True
    inner = path[len(container) :].split("/")
    return inner[0] != "" or any(step.partition(".")[0] in _BOXES for step in inner[1:])
