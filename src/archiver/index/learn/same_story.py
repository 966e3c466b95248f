"""Whether two pages show one story, judged by their words. Pure functions over extracted articles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from archiver.boilerplate import text_key
from archiver.index.store.page_word import LEAST_WORDS, words_of_title
from archiver.model import Article

COPY = 0.9  # of the blocks are equal
AKIN = 0.5  # of the blocks, if other evidence links the pages: an edit is not another story
_FIGURE = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Sketch:
    """One state of a page, reduced to what is compared."""

    title: tuple[str, ...]
    blocks: dict[int, str]  # by the hash of their words
    words: int
    day: str | None


def sketch_of(article: Article) -> Sketch:
    """The sketch of an article."""
    blocks = {text_key(block.text): block.text for block in article.blocks if block.text}
    return Sketch(
        words_of_title(article.title),
        blocks,
        sum(len(text.split()) for text in blocks.values()),
        (article.date_published or "")[:10] or None,
    )


def share(one: Sketch, other: Sketch) -> float:
    """The share of the shorter page's blocks that the longer one has."""
    most = max(len(one.blocks), len(other.blocks))
    return len(one.blocks.keys() & other.blocks.keys()) / most if most else 0.0


def akin(one: Sketch, other: Sketch) -> bool:
    """Whether two states may be one story before and after an edit, if other evidence links them."""
    common = share(one, other)
    return common >= COPY or (common >= AKIN and one.title == other.title)


def copies(one: Sketch, other: Sketch) -> bool:
    """Whether two states are the same text without other evidence. False for pages of one template that differ in
    figures (rates, results, weather), and for short pages."""
    return (
        min(one.words, other.words) >= LEAST_WORDS
        and share(one, other) >= COPY
        and _titles_agree(one.title, other.title)
        and (one.day is None or other.day is None or one.day == other.day)
        and _figures(one, other) == _figures(other, one)
    )


def all_akin(ones: Iterable[Sketch], others: Iterable[Sketch]) -> bool:
    """Whether each state of two pages is akin to one of the other: false for a page that shows another story each
    day."""
    left, right = list(ones), list(others)
    return all(any(akin(a, b) for b in right) for a in left) and all(any(akin(a, b) for a in left) for b in right)


def _titles_agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Equal, or one contains the other: with the paper's name, or the word Print."""
    short, long = sorted((one, other), key=len)
    if _figures_of(" ".join(short)) != _figures_of(" ".join(long)):
        return False
    wide, narrow = f" {' '.join(long)} ", f" {' '.join(short)} "
    return short == long or (len(short) >= 3 and narrow in wide)


def _figures(one: Sketch, other: Sketch) -> Counter[str]:
    """The figures in the blocks that the other page lacks."""
    return _figures_of(" ".join(text for key, text in one.blocks.items() if key not in other.blocks))


def _figures_of(text: str) -> Counter[str]:
    return Counter(_FIGURE.findall(text))
