"""Snippets: the passage of a text with the matches, marked."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from archiver.index.search.runs import Leaves, Passage, Span
from archiver.tokens import bounds as first_bounds

START, END = "\ue000", "\ue001"  # around matches, as in `Hit.snippet`
_WORDS = 32
_CHARACTERS = 90  # in scripts where each character is a token
_AHEAD = 4  # words before the first match
_BEGINNING = 240  # characters, if nothing in the text matches


def snippet(text: str, language: str | None, leaves: Leaves, places: Sequence[tuple[int, int]] = ()) -> str:
    """The passage of a text with most of the query's terms, each match between START and END; the start of the text if
    nothing matches. `places` are additional matches in characters: the words that they touch are marked.
    """
    passage = leaves.passage(text)
    found = leaves.spans(passage, "text", language)
    found += [(span, len(leaves)) for place in places if (span := _touched(passage, *place))]
    if not passage.words:
        return text[:_BEGINNING]
    found.sort()
    length = _CHARACTERS if len(text) < 3 * len(passage.words) else _WORDS
    begin = _best(found, length)
    return _marked(passage, begin, min(begin + length, len(passage.words)), merged([span for span, _ in found]))


def _touched(passage: Passage, start: int, end: int) -> Span | None:
    first = bisect_right(passage.bounds, start, key=lambda bound: bound[1])
    behind = bisect_left(passage.bounds, end, key=lambda bound: bound[0])
    return Span(first, behind) if first < behind else None


def _best(found: Sequence[tuple[Span, int]], length: int) -> int:
    """The start of the passage with the most different leaves, the first of several."""
    begin = best = 0
    for place, (span, _) in enumerate(found):
        last = span.first + length - _AHEAD
        here = {leaf for other, leaf in found[place : place + length] if other.end <= last}
        if len(here) > best or not place:
            begin, best = max(0, span.first - _AHEAD), len(here)
    return begin


def merged(found: Sequence[Span]) -> list[Span]:
    """Spans in order, with overlapping ones merged."""
    apart: list[Span] = []
    for span in sorted(found):
        if apart and span.first < apart[-1].end:
            apart[-1] = Span(apart[-1].first, max(apart[-1].end, span.end))
        else:
            apart.append(span)
    return apart


def _marked(passage: Passage, begin: int, end: int, marks: Sequence[Span]) -> str:
    bounds, text = first_bounds(passage.text, end), passage.text
    at = bounds[begin][0] if begin else 0
    pieces = ["…"] if begin else []
    for mark in marks:
        first, last = max(mark.first, begin), min(mark.end, end)
        if first < last:
            start, stop = bounds[first][0], bounds[last - 1][1]
            pieces += [text[at:start], START, text[start:stop], END]
            at = stop
    whole = end == len(passage.words)
    pieces += [text[at:]] if whole else [text[at : bounds[end - 1][1]], "…"]
    return "".join(pieces)
