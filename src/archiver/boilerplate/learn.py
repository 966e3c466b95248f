"""Judges from a sample of a site's stories which blocks are boilerplate: a pure function.

Recurrence alone is not enough: sub-headings, refrains, quotes, background and corrections recur too. What counts is the
number of stories, their share among stories of the same time and template, and the position: at the edge of the text,
in a separate box, made of links, naming the author, with nothing below it. docs/boilerplate.md explains the rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from archiver.boilerplate.keys import What
from archiver.boilerplate.outline import HEADING, NAMED_PLACE, NAMES_AUTHOR, Outline
from archiver.boilerplate.standing import RECURS, Place, Standing, Window

_BOX = "in a box of its own"
_MOSTLY = 0.8


@dataclass(frozen=True, slots=True)
class Finding:
    """One block, shape or place that is boilerplate (`learned`) or might be."""

    what: What
    key: int
    learned: bool
    why: str
    stories: int
    share: float
    sample: Place  # its first place: (index of the outline, position of the block)
    last: int  # index of the last outline with it
    boxed: bool = False  # learned because it is in boxes: a line of a story's own text is kept


@dataclass(frozen=True, slots=True)
class _Reason:
    why: str
    boxed: bool = False


def learn(seen: Sequence[tuple[int, Outline]], least: int = RECURS) -> tuple[Finding, ...]:
    """Findings from states of a site's stories, [(story, outline)] in order of time. None for fewer than `least`
    stories."""
    window = Window(seen)
    if window.total < least:
        return ()
    standings = {key: window.standing(places) for key, places in window.texts.items()}
    texts = list(_texts(standings))
    learned = [found for found in texts if found.learned]
    texts_known = _keys(learned)
    places = list(_places(window, texts_known))
    places_known = _keys(places)
    shapes = list(_shapes(window, texts_known, places_known))
    headings = _headings(window, standings, texts_known | places_known | _keys(shapes))
    doubtful = [found for found in texts if not found.learned and not _within(window, found.key, places_known)]
    return (*learned, *doubtful, *places, *shapes, *headings)


def _keys(findings: Iterable[Finding]) -> frozenset[int]:
    return frozenset(found.key for found in findings)


def _texts(standings: Mapping[int, Standing]) -> Iterator[Finding]:
    for key, standing in standings.items():
        if standing.heading < 0.5:
            yield from _finding("text", key, standing, _reason(standing))


def _within(window: Window, key: int, known_places: frozenset[int]) -> bool:
    """Whether a text occurs only in boxes of boilerplate."""
    return all(window.outlines[index].places[at] in known_places for index, at in window.texts[key])


def _headings(window: Window, standings: Mapping[int, Standing], known: frozenset[int]) -> Iterator[Finding]:
    """A heading over the story's own text is kept, however often it recurs."""
    for key, places in window.texts.items():
        index, at = places[0]
        if window.outlines[index].marks[at] & HEADING:
            standing = standings[key]
            if standing.heading >= 0.5 and window.over_text(places, known) <= 1 - _MOSTLY:
                yield from _finding("text", key, standing, _reason(standing))


def _finding(what: What, key: int, standing: Standing, reason: _Reason | None) -> Iterator[Finding]:
    evidence = standing.stories, round(standing.share, 3), standing.first, standing.last
    if reason and not standing.corrects:
        yield Finding(what, key, True, reason.why, *evidence, boxed=reason.boxed)
    elif reason or _is_suspect(standing):
        doubt = "may announce a correction" if standing.corrects else "repeated, without enough evidence of boilerplate"
        yield Finding(what, key, False, doubt, *evidence)


def _reason(block: Standing) -> _Reason | None:
    """Why a block is boilerplate; None if it may be the stories' own. The thresholds were chosen on the sample site, a
    second template and the publishers of the extraction corpus; in doubt the text is kept."""
    edge = "at the end" if block.end >= _MOSTLY else "at the start" if block.start >= _MOSTLY else ""
    where = edge or "inside the text"
    some, most, nearly_all = block.share >= 0.15, block.share >= 0.5, block.share >= _MOSTLY
    few, several, many = block.stories >= RECURS, block.stories > RECURS, block.stories >= 8
    apart, linked = block.apart >= _MOSTLY, block.linked >= _MOSTLY
    running = block.listed + block.heading < 0.5
    judged = (
        (apart and few and some and block.size <= 600 and (edge or linked), _BOX),
        (apart and several and most and block.size <= 300, _BOX),
        (edge and block.of_author >= 0.6 and (few or (apart and block.stories > 1)), "about the author"),
        (edge and block.of_author == 1 and block.stories > 1 and block.size <= 400, "about the author"),
        (edge and linked and few and some, "made of links"),
        (edge and several and most and block.size <= 400, "on most stories"),
        (edge and block.stories > RECURS + 1 and nearly_all, "on nearly all stories"),
        (running and many and block.share >= 0.7 and block.size <= 200, "on most stories"),
        (running and several and block.share == 1 and block.authors > 1 and block.size <= 200, "on all stories"),
    )
    why = next((why for holds, why in judged if holds), None)
    return _Reason(f"{why}, {where}", boxed=why == _BOX) if why else None


def _is_suspect(block: Standing) -> bool:
    if block.stories < RECURS or block.heading >= 0.5:
        return False
    return max(block.end, block.start, block.apart, block.linked) >= _MOSTLY or block.share >= 0.3


def _places(window: Window, known: frozenset[int]) -> Iterator[Finding]:
    """Boxes that contain nothing but boilerplate: lists that change weekly, a biography per author."""
    kept: dict[int, list[Place]] = defaultdict(list)
    gone: dict[int, list[int]] = defaultdict(list)
    for index, outline in enumerate(window.outlines):
        for at, place in enumerate(outline.places):
            if place and outline.marks[at] & NAMED_PLACE:
                kept[place].append((index, at))
        for place in outline.gone:
            gone[place].append(index)
    for key, places in kept.items():
        junk = sum(_is_junk(window, place, known) for place in places)
        taken = gone.get(key, [])
        share = (junk + len(taken)) / (len(places) + len(taken))
        stories = window.stories_of([*places, *((index, 0) for index in taken)])
        various = len({window.outlines[index].texts[at] for index, at in places}) > 1 or taken
        if share >= _MOSTLY and various and stories >= (RECURS if junk else RECURS + 2):
            why = f"{share:.0%} of the texts in this box are boilerplate"
            yield Finding("place", key, True, why, stories, round(stories / window.total, 3), places[0], places[-1][0])
        elif stories >= RECURS and _rolls(window, places):
            standing = window.standing(places)
            if max(standing.start, standing.end) >= _MOSTLY and standing.share >= 0.5 and standing.size <= 200:
                yield from _finding("place", key, standing, _Reason("a list that changes little from story to story"))


def _rolls(window: Window, places: Sequence[Place]) -> bool:
    """Whether most stories share half of the entries in a box with the story before or after: a list of episodes that
    grows by one each week, of which few stories have the same."""
    listed: dict[int, set[int]] = defaultdict(set)
    for index, at in places:
        listed[index].add(window.outlines[index].texts[at])
    alike = {
        index
        for pair in pairwise(listed)
        if window.idents[pair[0]] != window.idents[pair[1]]
        for index in pair
        if 2 * len(listed[pair[0]] & listed[pair[1]]) >= max(4, len(listed[index]))
    }
    return len(alike) >= _MOSTLY * len(listed)


def _is_junk(window: Window, place: Place, known: frozenset[int]) -> bool:
    index, at = place
    outline = window.outlines[index]
    return outline.texts[at] in known or (
        bool(outline.marks[at] & NAMES_AUTHOR) and not window.own_follows(place, known)
    )


def _shapes(window: Window, known: frozenset[int], known_places: frozenset[int]) -> Iterator[Finding]:
    """Lines that differ only in figures or in link targets, and occur in the same positions."""
    for key, places in window.shapes.items():
        spots = [(window.outlines[index], at) for index, at in places]
        if all(outline.texts[at] in known or outline.places[at] in known_places for outline, at in spots):
            continue
        block = window.standing(places)
        if block.texts < 2 or block.stories <= RECURS or block.corrects or block.heading + block.listed >= 0.5:
            continue
        edge = max(block.start, block.end) >= _MOSTLY
        if block.linked >= _MOSTLY and block.share >= 0.2:
            why = "links that begin with the same words and have different targets"
        elif block.named >= _MOSTLY and block.end >= _MOSTLY and block.share >= 0.5:
            why = "about the author, at the end"
        elif block.size <= 120 and block.share >= 0.5 and (edge or block.apart >= _MOSTLY):
            why = "lines that differ only in numbers, at the edge of the text or in a box"
        else:
            continue
        yield Finding("shape", key, True, why, block.stories, round(block.share, 3), block.first, block.last)
