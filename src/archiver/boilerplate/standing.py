"""Where the blocks of several stories of one site occur: which of them recur, and in which positions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from archiver.boilerplate.outline import APART, CORRECTION, HEADING, LINKED, LIST, NAMES_AUTHOR, RUNNING, Outline

RECURS = 3  # stories from which a block may be something other than the story's own text
_OWN = 60  # characters: a longer text that no second story has is a story's own text
_NEIGHBOURS = 12  # a share is computed from at least this many observations, if there are as many
_ONE_TITLE = 0.5  # of the stories: a more common title belongs to a section or the site, not to the parts of one story

Place = tuple[int, int]  # (index of the outline, position of the block)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the occurrences of a block have in common. Numbers from 0 to 1 are shares of the occurrences, except
    `share`: the share of the stories of the same time, template and language."""

    stories: int
    share: float
    start: float  # before the first block that is certainly the story's own
    end: float  # after the last such block
    apart: float
    linked: float
    heading: float
    listed: float
    corrects: float
    named: float  # names the story's author
    of_author: float  # names the story's author, multiplied by the share of that author's stories
    authors: int  # number of different bylines
    size: int  # characters, of the longest occurrence
    texts: int  # number of different texts
    first: Place
    last: int  # index of the last outline with this block


class Window:
    """Some states of stories of one site, in order of time: [(story, outline)]."""

    def __init__(self, seen: Sequence[tuple[int, Outline]]) -> None:
        self.outlines = [outline for _, outline in seen]
        self._stories = [story for story, _ in seen]
        self._alike: dict[tuple[str, frozenset[int]], int] = {}

    @cached_property
    def idents(self) -> list[int]:
        """The story that each outline counts as: the same text at two URLs is one story, and so are the parts of a
        gallery, which share a title."""
        known: dict[int, int] = {}
        by_text = [
            known.setdefault(story, outline.body or story)
            for story, outline in zip(self._stories, self.outlines, strict=True)
        ]
        titled: dict[int, list[int]] = defaultdict(list)
        for ident, outline in zip(by_text, self.outlines, strict=True):
            titled[outline.title].append(ident)
        most = max(2.0, _ONE_TITLE * len(set(by_text)))
        parts_of = {title: idents[0] for title, idents in titled.items() if title and len(set(idents)) <= most}
        return [parts_of.get(outline.title, ident) for ident, outline in zip(by_text, self.outlines, strict=True)]

    @cached_property
    def total(self) -> int:
        return len(set(self.idents))

    @cached_property
    def texts(self) -> dict[int, list[Place]]:
        """The places of each text that occurs in more than one story."""
        return self._places([outline.texts for outline in self.outlines])

    @cached_property
    def shapes(self) -> dict[int, list[Place]]:
        return self._places([outline.shapes for outline in self.outlines])

    def _places(self, rows: Sequence[tuple[int, ...]]) -> dict[int, list[Place]]:
        count: Counter[int] = Counter()
        for row in rows:
            count.update(set(row))
        recurring = {key for key, number in count.items() if number > 1 and key}
        found: dict[int, list[Place]] = defaultdict(list)
        for index, row in enumerate(rows):
            for position, key in enumerate(row):
                if key in recurring:
                    found[key].append((index, position))
        return {key: places for key, places in found.items() if self.stories_of(places) > 1}

    def stories_of(self, places: Iterable[Place]) -> int:
        """The number of stories with these places."""
        return len({self.idents[index] for index, _ in places})

    @cached_property
    def common(self) -> frozenset[int]:
        """Texts and shapes in so many stories that they can't be a story's own."""
        texts = {key for key, places in self.texts.items() if self.stories_of(places) >= RECURS}
        return frozenset(texts.union(key for key, places in self.shapes.items() if self._is_widespread(places)))

    def _is_widespread(self, places: Sequence[Place]) -> bool:
        """Whether a fifth of the stories of some language have it. Paragraphs of a story's own can also be alike
        (scores, counts, prices), but only on few stories."""
        by_language = self._by_language(places).items()
        return any(
            self.stories_of(found) >= max(RECURS, 0.2 * self._stories_like(language)) for language, found in by_language
        )

    def _by_language(self, places: Iterable[Place]) -> dict[str, list[Place]]:
        found: dict[str, list[Place]] = defaultdict(list)
        for place in places:
            found[self.outlines[place[0]].language].append(place)
        return found

    @cached_property
    def bounds(self) -> list[tuple[int, int] | None]:
        """Where each outline's own text begins and ends; None if none is found."""
        return [self._bounds(outline) for outline in self.outlines]

    def _bounds(self, outline: Outline) -> tuple[int, int] | None:
        count = len(outline.texts)
        for wanted in (_OWN, 1):
            start = next((at for at in range(count) if self._own(outline, at, wanted)), None)
            if start is not None:
                return start, next(at for at in range(count - 1, -1, -1) if self._own(outline, at, wanted))
        return None

    def _own(self, outline: Outline, at: int, wanted: int) -> bool:
        marks = outline.marks[at]
        if outline.sizes[at] < wanted or marks & (APART | LINKED | HEADING) or not marks & (RUNNING | LIST):
            return False
        at_edge = at < 2 or at >= len(outline.texts) - 3
        return not (marks & NAMES_AUTHOR and at_edge) and not self._is_common(outline, at)

    def _is_common(self, outline: Outline, at: int) -> bool:
        return outline.texts[at] in self.common or outline.shapes[at] in self.common

    def own_follows(self, place: Place, known: frozenset[int] = frozenset()) -> bool:
        """Whether a block that isn't `known` boilerplate follows directly, so that a heading belongs to it."""
        outline, at = self.outlines[place[0]], place[1] + 1
        if at >= len(outline.texts) or outline.marks[at] & (LINKED | HEADING):
            return False
        return known.isdisjoint((outline.texts[at], outline.shapes[at], outline.places[at]))

    def over_text(self, places: Sequence[Place], known: frozenset[int]) -> float:
        """The share of the places that are directly followed by a block that isn't `known` boilerplate."""
        return sum(self.own_follows(place, known) for place in places) / len(places)

    def standing(self, places: Sequence[Place]) -> Standing:
        """The positions of a block, summarised over all its places."""
        marks: dict[int, int] = {}  # few are different
        texts: set[int] = set()
        start = end = bounded = size = 0
        for index, at in places:  # one loop: the judging of a window is mostly this
            outline, bounds = self.outlines[index], self.bounds[index]
            mark = outline.marks[at]
            marks[mark] = marks.get(mark, 0) + 1
            texts.add(outline.texts[at])
            size = max(size, outline.sizes[at])
            if bounds is not None:
                bounded += 1
                start += at < bounds[0]
                end += at > bounds[1]
        bounded = max(1, bounded)

        def share(bit: int) -> float:
            return sum(count for mark, count in marks.items() if mark & bit) / len(places)

        return Standing(
            stories=self.stories_of(places),
            share=self._share(places),
            start=start / bounded,
            end=end / bounded,
            apart=share(APART),
            linked=share(LINKED),
            heading=share(HEADING),
            listed=share(LIST),
            corrects=share(CORRECTION),
            named=share(NAMES_AUTHOR),
            of_author=share(NAMES_AUTHOR) * self._author_share(places) if share(NAMES_AUTHOR) else 0.0,
            authors=len({self.outlines[index].authors for index, _ in places} - {()}),
            size=size,
            texts=len(texts),
            first=places[0],
            last=places[-1][0],
        )

    def _share(self, places: Sequence[Place]) -> float:
        """The share of the stories with this block, in the language in which it is most common: on a site that is
        mostly English, a line on all Spanish stories counts as much as one on all English stories. A language with too
        few stories to judge counts only if there is no other."""
        by_language = self._by_language(places)
        telling = {language: found for language, found in by_language.items() if self.stories_of(found) >= RECURS}
        return max(self._share_in(language, found) for language, found in (telling or by_language).items())

    def _share_in(self, language: str, places: Sequence[Place]) -> float:
        """The share of the stories of one language: of all with such a template or, if that share is larger, of those
        captured between the block's first and last occurrence."""
        alike = self._stories_like(language, frozenset(self.outlines[index].template for index, _ in places))
        stories = self.stories_of(places)
        number_of = self._numbers[language]
        span = number_of[places[-1][0]] - number_of[places[0][0]] + 1
        between = len({index for index, _ in places}) / max(span, min(_NEIGHBOURS, len(number_of)))
        return min(1.0, max(stories / alike, between if stories >= 2 * RECURS else 0.0))

    @cached_property
    def _numbers(self) -> dict[str, dict[int, int]]:
        """For each language the indexes of its outlines, numbered in order of time."""
        found: dict[str, dict[int, int]] = defaultdict(dict)
        for index, outline in enumerate(self.outlines):
            found[outline.language][index] = len(found[outline.language])
        return found

    def _stories_like(self, language: str, templates: frozenset[int] = frozenset()) -> int:
        """The number of stories in a language, restricted to these templates if any are given."""
        key = (language, templates)
        if key not in self._alike:
            self._alike[key] = len(
                {
                    self.idents[index]
                    for index in self._numbers[language]
                    if not templates or self.outlines[index].template in templates
                }
            )
        return self._alike[key]

    def _author_share(self, places: Sequence[Place]) -> float:
        """If all these stories share one author: the share of that author's stories with the block."""
        shared = frozenset.intersection(*(frozenset(self.outlines[index].authors) for index, _ in places))
        if not shared:
            return 0.0
        by_author = min(self._stories_by[author] for author in shared)
        return min(1.0, self.stories_of(places) / by_author)

    @cached_property
    def _stories_by(self) -> dict[int, int]:
        found: dict[int, set[int]] = defaultdict(set)
        for ident, outline in zip(self.idents, self.outlines, strict=True):
            for author in outline.authors:
                found[author].add(ident)
        return {author: len(stories) for author, stories in found.items()}
