"""Compares two texts word by word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from archiver.words import pieces_of

# Aligning 2,000 x 2,000 words takes about a second at worst; longer paragraphs are shown as replaced.
_PAIRS = 4_000_000
_ALIKE = 0.4  # share of common words above which two paragraphs count as one changed paragraph


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words in both texts, only in the earlier, or only in the later."""

    op: Literal["same", "removed", "added"]
    text: str
    spaced: bool = True  # whether white space precedes it: not in Chinese, for example


Paragraph = tuple[Piece, ...]


def diff_words(before: str, after: str) -> list[Paragraph]:
    """The paragraphs of both texts in one sequence, each in pieces. Paragraphs are aligned first, then their words."""
    old, new = _paragraphs(before), _paragraphs(after)
    found: list[Paragraph] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [(Piece("same", text),) for text in old[i1:i2]]
        else:
            found += _changed(old[i1:i2], new[j1:j2])
    return found


def diff_titles(before: str, after: str) -> list[Paragraph]:
    """Two headlines in one line, even if they have little in common, because a story has one headline. (`wording`
    counts the changed words.)
    """
    old, new = " ".join(before.split()), " ".join(after.split())
    if old == new or _likeness(old, new) > _ALIKE:
        pieces = tuple(_pieces(old, new))
    else:  # with only a few common words, a mixed line would be unreadable
        pieces = tuple(piece for piece in (Piece("removed", old), Piece("added", new)) if piece.text)
    return [pieces] if pieces else []


def _paragraphs(text: str) -> list[str]:
    return [part for part in text.split("\n\n") if part.strip()]


def _changed(old: list[str], new: list[str]) -> Iterator[Paragraph]:
    """Similar paragraphs are shown as one; the others as removed and added."""
    rest = list(old)
    for position, text in enumerate(new):
        if not any(_likeness(other, later) > _ALIKE for other in rest for later in new[position:]):
            while rest:
                yield (Piece("removed", rest.pop(0)),)
        match = max(rest, key=lambda other: _likeness(other, text), default=None)
        if match is not None and _likeness(match, text) > _ALIKE:
            while rest[0] != match:
                yield (Piece("removed", rest.pop(0)),)
            rest.pop(0)
            yield tuple(_pieces(match, text))
        else:
            yield (Piece("added", text),)
    for text in rest:
        yield (Piece("removed", text),)


def _likeness(one: str, other: str) -> float:
    """The share of the shorter text's words that the longer one has, too, ignoring their order. In scripts without
    spaces a word is short, so pairs of neighbours are compared."""
    a, b = _compared(one), _compared(other)
    return len(a & b) / max(1, min(len(a), len(b)))


@lru_cache(maxsize=256)
def _compared(text: str) -> frozenset[str]:
    words = pieces_of(text)
    if all(spaced for _, spaced in words) or len(words) < 2:
        return frozenset(word for word, _ in words)
    return frozenset(first + second for (first, _), (second, _) in pairwise(words))


def _pieces(before: str, after: str) -> Iterator[Piece]:
    old, new = pieces_of(before), pieces_of(after)
    if len(old) * len(new) > _PAIRS:
        yield _piece("removed", old)
        yield _piece("added", new)
        return
    words = SequenceMatcher(None, [word for word, _ in old], [word for word, _ in new], autojunk=False)
    for tag, i1, i2, j1, j2 in words.get_opcodes():
        if tag == "equal":
            yield _piece("same", new[j1:j2])
            continue
        if i2 > i1:
            yield _piece("removed", old[i1:i2])
        if j2 > j1:
            yield _piece("added", new[j1:j2])


def _piece(op: Literal["same", "removed", "added"], words: list[tuple[str, bool]]) -> Piece:
    text = "".join(f" {word}" if spaced else word for word, spaced in words)
    return Piece(op, text.removeprefix(" "), words[0][1] if words else True)
