"""Compares two texts word by word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

# Aligning 2,000 x 2,000 words takes about a second at worst; longer paragraphs are shown as replaced.
_PAIRS = 4_000_000
_ALIKE = 0.4  # share of common words above which two paragraphs count as one changed paragraph


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words in both texts, only in the earlier, or only in the later."""

    op: Literal["same", "removed", "added"]
    text: str


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
        pieces = tuple(_pieces(old.split(), new.split()))
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
            yield tuple(_pieces(match.split(), text.split()))
        else:
            yield (Piece("added", text),)
    for text in rest:
        yield (Piece("removed", text),)


def _likeness(one: str, other: str) -> float:
    """The share of the shorter text's words that the longer one has, too, ignoring their order."""
    a, b = set(one.split()), set(other.split())
    return len(a & b) / max(1, min(len(a), len(b)))


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    if len(old) * len(new) > _PAIRS:
        yield Piece("removed", " ".join(old))
        yield Piece("added", " ".join(new))
        return
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", " ".join(old[i1:i2]))
            continue
        if i2 > i1:
            yield Piece("removed", " ".join(old[i1:i2]))
        if j2 > j1:
            yield Piece("added", " ".join(new[j1:j2]))
