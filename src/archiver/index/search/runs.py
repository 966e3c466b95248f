"""Finds the words of a query in a text: to mark them, to list them in context, and to decide what the full-text index
can't (`--exact`, `C++`, phrases of stems with too many forms)."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from archiver.index.search.syntax import All, Either, Near, Node, Not, Term, leaves
from archiver.tokens import bounds, folded_words, is_simple, tokens

COLUMNS = ("title", "text", "description", "authors", "tags")

# language -> folded word -> the words of that language with the same stem; the language "" means any
Forms = Mapping[str, Mapping[str, tuple[str, ...]]]

# Signs that belong to the adjacent word: #tag, @handle, $100; C++, C#, Disney+.
_BEFORE = re.compile(r"(?:^|(?<=[\s\"'(]))[#＃@＠$€£¥₹]\Z")
_AFTER = re.compile(r"(?:\+{1,2}|#)(?=$|[\s,.;:!?\"')])")


_FEW = 4  # words of a query


@dataclass(frozen=True, slots=True)
class Sense:
    """How the words of a query are interpreted."""

    exact: bool = False  # accents and case matter
    forms: Forms = field(default_factory=dict)  # other forms of its words to include
    known: dict[Term, tuple[Run, ...]] = field(default_factory=dict, compare=False)  # computed before: see `runs`


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive words in one column; each step lists the folded words that match there."""

    steps: tuple[tuple[str, ...], ...]
    star: bool = False  # the last word is a prefix
    column: str | None = None  # None: any
    language: str | None = None  # only in stories of this language
    written: tuple[str, ...] = ()  # for each step the exact spelling, with accents and case
    before: tuple[str, ...] = ()  # for each step the sign directly before it, or ""
    after: tuple[str, ...] = ()

    @property
    def is_as_written(self) -> bool:
        """Whether the full-text index, which has only folded words, can't decide it."""
        return bool(self.written or self.before)

    @property
    def phrases(self) -> int:
        """The number of possible phrases."""
        number = 1
        for step in self.steps:
            number *= len(step)
        return number


def runs(term: Term, sense: Sense) -> tuple[Run, ...]:
    """The runs of which any is a match: the words themselves, and with `sense.forms` their forms in each language."""
    found = sense.known.get(term)
    if found is None:
        found = sense.known[term] = _runs(term, sense)
    return found


def _runs(term: Term, sense: Sense) -> tuple[Run, ...]:
    found = list(tokens(term.text))
    before = tuple(_sign(_BEFORE.search(term.text, 0, token.start)) for token in found)
    after = tuple(_sign(_AFTER.match(term.text, token.end)) for token in found)
    signed = any(before) or any(after)
    plain = Run(
        tuple((token.folded,) for token in found),
        term.star,
        term.column,
        written=tuple(unicodedata.normalize("NFC", term.text[token.start : token.end]) for token in found)
        if sense.exact
        else (),
        before=before if signed else (),
        after=after if signed else (),
    )
    others = []
    for language, forms in sense.forms.items():
        steps = [forms.get(token.folded, (token.folded,)) for token in found]
        if term.star:
            steps[-1] = plain.steps[-1]  # a prefix has no stem
        if tuple(steps) != plain.steps:
            others.append(replace(plain, steps=tuple(steps), language=language or None))
    return (plain, *others)


def _sign(match: re.Match[str] | None) -> str:
    return match[0] if match else ""


# ------------------------------------------------------------------ texts


class Span(NamedTuple):
    """A match: from token `first` up to but not including `end`."""

    first: int
    end: int


class Passage:
    """A text with its tokens, which are computed on first use. With `first_words`, only the places of these words are
    recorded."""

    def __init__(self, text: str, first_words: frozenset[str] | None = None) -> None:
        self.text = text
        self._first_words = first_words
        self._looked_for = 0  # number of words looked up without `places`

    @cached_property
    def words(self) -> list[str]:
        """The folded words in their order."""
        return folded_words(self.text)

    @cached_property
    def bounds(self) -> list[tuple[int, int]]:
        """The start and end of each word; computed only for texts that are marked or compared by exact spelling."""
        return bounds(self.text)

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """The positions of each folded word, or of each of `first_words`."""
        found: dict[str, list[int]] = {}
        chosen = self._first_words
        for place, word in enumerate(self.words):
            if chosen is None or word in chosen:
                found.setdefault(word, []).append(place)
        return found

    def may_have(self, term: tuple[Run, ...]) -> bool:
        """Whether a term can occur, as far as known without searching for it: a text has few words of a long query."""
        if self._looked_for < _FEW:
            return True
        places = self.places
        return any(word in places or _is_beginning(run) for run in term for word in run.steps[0])

    def starts(self, run: Run) -> list[int]:
        """The start positions of a run, in order."""
        length = len(run.steps)
        first = run.steps[0]
        if _is_beginning(run):
            begins = [place for word, at in self.places.items() if word.startswith(first) for place in at]
        else:
            begins = [place for word in first for place in self._places_of(word)]
        return sorted(place for place in begins if self._goes_on(run, place, length))

    def _places_of(self, word: str) -> list[int]:
        """The positions of a word. Looking up a few words is faster than recording the positions of all."""
        if self._looked_for >= _FEW:
            return self.places.get(word, [])
        self._looked_for += 1
        return [place for place, other in enumerate(self.words) if other == word]

    def _goes_on(self, run: Run, place: int, length: int) -> bool:
        words = self.words[place : place + length]
        if len(words) < length:
            return False
        for number in range(1, length):
            word, step = words[number], run.steps[number]
            if word not in step and not (run.star and number == length - 1 and word.startswith(step)):
                return False
        return not run.is_as_written or all(self._is_written(run, number, place + number) for number in range(length))

    def _is_written(self, run: Run, number: int, place: int) -> bool:
        start, end = self.bounds[place]
        if run.written:
            here, wanted = unicodedata.normalize("NFC", self.text[start:end]), run.written[number]
            open_end = run.star and number == len(run.steps) - 1
            if not (here.startswith(wanted) if open_end else here == wanted):
                return False
        if not run.before:
            return True
        before, after = run.before[number], run.after[number]
        ahead = self.text[max(0, start - len(before)) : start]
        behind = self.text[end : end + len(after)]
        return _same_sign(ahead, before) and _same_sign(behind, after)


def _is_beginning(run: Run) -> bool:
    """Whether any word with this beginning matches."""
    return run.star and len(run.steps) == 1


def _same_sign(found: str, wanted: str) -> bool:
    return found == wanted or unicodedata.normalize("NFKC", found) == unicodedata.normalize("NFKC", wanted)


@dataclass(frozen=True, slots=True)
class Sought:
    """A leaf of a query, prepared for matching: the runs of each of its terms, and their maximum distance."""

    terms: tuple[tuple[Run, ...], ...]
    column: str | None
    distance: int | None  # None: one term


def sought(leaf: Term | Near, sense: Sense) -> Sought:
    """The leaf of a query prepared for matching."""
    if isinstance(leaf, Term):
        return Sought((runs(leaf, sense),), leaf.column, None)
    return Sought(tuple(runs(term, sense) for term in leaf.terms), leaf.column, leaf.distance)


def spans(passage: Passage, column: str, language: str | None, leaf: Sought) -> list[Span]:
    """The matches in one column of a story, in order. For NEAR, those of its terms that are near enough."""
    if leaf.column not in (None, column) or not passage.may_have(leaf.terms[0]):
        return []
    terms = [_places(passage, language, term) for term in leaf.terms]
    return terms[0] if leaf.distance is None else _near(terms, leaf.distance)


class Leaves:
    """What to mark of a query, prepared for many texts: of a list of thousands of words, a text has few."""

    def __init__(self, leaves: Sequence[Sought] = ()) -> None:
        self._leaves = leaves
        self._by_word: dict[str, list[int]] = {}  # the leaves whose first term can start with a word
        self._anywhere: list[int] = []  # the leaves that start with the beginning of a word
        for number, leaf in enumerate(leaves):
            if any(map(_is_beginning, leaf.terms[0])):
                self._anywhere.append(number)
            else:
                for word in {word for run in leaf.terms[0] for word in run.steps[0]}:
                    self._by_word.setdefault(word, []).append(number)
        terms = [term for leaf in leaves for term in leaf.terms]
        beginnings = any(_is_beginning(run) for term in terms for run in term)
        firsts = (word for term in terms for run in term for word in run.steps[0])
        self._first_words = None if beginnings else frozenset(firsts)

    def __len__(self) -> int:
        return len(self._leaves)

    def passage(self, text: str) -> Passage:
        """A text to search for these leaves only."""
        return Passage(text, self._first_words)

    def spans(self, passage: Passage, column: str, language: str | None) -> list[tuple[Span, int]]:
        """The matches of all leaves in one column of a story, with the number of the leaf."""
        numbers: Iterable[int] = range(len(self._leaves))
        if len(self._leaves) > _FEW:
            present = self._by_word.keys() & passage.words
            numbers = sorted({number for word in present for number in self._by_word[word]}.union(self._anywhere))
        return [(span, number) for number in numbers for span in spans(passage, column, language, self._leaves[number])]


def _places(passage: Passage, language: str | None, term: tuple[Run, ...]) -> list[Span]:
    found = {
        Span(place, place + len(run.steps))
        for run in term
        if run.language in (None, language)
        for place in passage.starts(run)
    }
    return sorted(found)


def _near(terms: list[list[Span]], distance: int) -> list[Span]:
    """FTS5's rule: a clump contains each term, with at most `distance` words between the end of each and the start of
    the last."""
    if not all(terms):
        return []
    firsts = [[span.first for span in places] for places in terms]
    ends = [[span.end for span in places] for places in terms]
    found: set[Span] = set()
    for last in {first for places in firsts for first in places}:
        clump = [
            places[bisect_left(end, last - distance) : bisect_right(first, last)]
            for places, first, end in zip(terms, firsts, ends, strict=True)
        ]
        if all(clump):
            found.update(span for places in clump for span in places)
    return sorted(found)


# ------------------------------------------------------------------ stories


@dataclass(frozen=True, slots=True)
class StoryText:
    """The columns of a story in the full-text index."""

    passages: Mapping[str, Passage]
    language: str | None


def story_text(language: str | None, columns: tuple[str | None, ...]) -> StoryText:
    """A story's text; `columns` in the order of COLUMNS."""
    return StoryText(
        {name: Passage(text or "") for name, text in zip(COLUMNS, columns, strict=True)},
        language,
    )


def test_of(node: Node, sense: Sense) -> Callable[[StoryText], bool]:
    """A test whether a story matches a tree without fields, by reading its text."""
    if isinstance(node, All | Either):
        parts = [test_of(part, sense) for part in node.parts]
        enough = all if isinstance(node, All) else any
        return lambda story: enough(part(story) for part in parts)
    if isinstance(node, Not):
        part = test_of(node.part, sense)
        return lambda story: not part(story)
    assert isinstance(node, Term | Near)
    leaf = sought(node, sense)
    if (written := _pattern(leaf)) is not None:
        return lambda story: any(
            _is_found(written, passage, story.language, leaf, column)
            for column, passage in story.passages.items()
            if leaf.column in (None, column)
        )
    return lambda story: any(spans(passage, column, story.language, leaf) for column, passage in story.passages.items())


def _pattern(leaf: Sought) -> re.Pattern[str] | None:
    """A pattern for one run of words as written, in a text whose words are easy to delimit; None for other leaves."""
    if leaf.distance is not None or len(leaf.terms[0]) != 1:
        return None
    (run,) = leaf.terms[0]
    if not run.written or run.before:
        return None
    words = r"[\W_]+".join(map(re.escape, run.written))
    return re.compile(rf"(?<![^\W_]){words}" + ("" if run.star else r"(?![^\W_])"))


def _is_found(written: re.Pattern[str], passage: Passage, language: str | None, leaf: Sought, column: str) -> bool:
    """Whether a run occurs in a text: by pattern if the text is simple, else by its words."""
    if is_simple(passage.text):
        return written.search(passage.text) is not None
    return bool(spans(passage, column, language, leaf))


def wanted(node: Node | None) -> Iterator[Term | Near]:
    """The leaves to mark in a match: those that must or may occur."""
    if isinstance(node, All | Either):
        for part in node.parts:
            yield from wanted(part)
    elif isinstance(node, Term | Near):
        yield node


def words_of(node: Node) -> set[str]:
    """All words of a tree as written, except prefixes: those whose other forms are looked up."""
    found: set[str] = set()
    for leaf in leaves(node):
        terms = leaf.terms if isinstance(leaf, Near) else (leaf,) if isinstance(leaf, Term) else ()
        for term in terms:
            words = [term.text[token.start : token.end] for token in tokens(term.text)]
            found.update(words[:-1] if term.star else words)
    return found
