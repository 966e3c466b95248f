"""The boilerplate rules of a site, and their application to a story."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from archiver.boilerplate.keys import What
from archiver.boilerplate.outline import APART, HEADING, LINKED, RUNNING, Outline
from archiver.model import Article, RemovedBlock

REASON = "boilerplate"


@dataclass(frozen=True, slots=True)
class Rules:
    """The boilerplate of one site. A block that a person rejected as boilerplate is kept, whatever the other rules
    say."""

    texts: frozenset[int] = frozenset()
    shapes: frozenset[int] = frozenset()
    places: frozenset[int] = frozenset()
    spared: frozenset[int] = frozenset()  # keys of texts and of shapes
    boxed: frozenset[int] = frozenset()  # texts that were learned because they are in boxes

    def __bool__(self) -> bool:
        return bool(self.texts or self.shapes or self.places)


def rules_of(entries: Iterable[tuple[What, int, str, bool]]) -> Rules:
    """Rules from (what, key, status, boxed)."""
    keys: dict[str, set[int]] = {"text": set(), "shape": set(), "place": set(), "spared": set(), "boxed": set()}
    for what, key, status, boxed in entries:
        if status in ("learned", "accepted"):
            keys[what].add(key)
            if what == "text" and status == "learned" and boxed:
                keys["boxed"].add(key)
        elif status == "rejected" and what != "place":
            keys["spared"].add(key)
    return Rules(*(frozenset(keys[name]) for name in ("text", "shape", "place", "spared", "boxed")))


def clean(article: Article, outline: Outline, rules: Rules) -> Article:
    """The article without the site's boilerplate, which moves to `removed`. A page of boilerplate only keeps its
    text."""
    if not rules:
        return article
    out = {at for at in range(len(outline.texts)) if _is_boilerplate(outline, at, rules)}
    out -= {at for at in out if outline.texts[at] in rules.boxed and _is_of_text(outline, at, out)}
    if not out or len(out) == len(outline.texts):
        return article
    last = len(outline.texts) - 1
    while last >= 0 and (last in out or (outline.marks[last] & HEADING and last + 1 in out)):
        out.add(last)  # a heading at the end with nothing below it
        last -= 1
    if last < 0:
        return article
    taken = tuple(RemovedBlock(article.blocks[at], REASON) for at in sorted(out))
    kept = tuple(block for at, block in enumerate(article.blocks) if at not in out)
    return replace(article, blocks=kept, removed=(*article.removed, *taken))


def _is_boilerplate(outline: Outline, at: int, rules: Rules) -> bool:
    text, shape = outline.texts[at], outline.shapes[at]
    if text in rules.spared:
        return False
    if text in rules.texts:
        return True
    if shape in rules.spared:
        return False
    return shape in rules.shapes or (outline.places[at] in rules.places and bool(outline.marks[at] & APART))


def _is_of_text(outline: Outline, at: int, out: set[int]) -> bool:
    """Whether a text that is boilerplate in boxes is the story's own on this page: a line between its paragraphs, or a
    heading above one."""
    marks = outline.marks
    beside = {at + 1} if marks[at] & HEADING else {at - 1, at + 1}
    if marks[at] & (APART | LINKED) or not beside <= set(range(len(marks))) - out:
        return False
    return all(marks[other] & RUNNING for other in beside)
