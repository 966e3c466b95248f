"""The query language: parses a text into a tree (`syntax`). docs/search.md describes it.

A text without AND, OR, NOT, NEAR and without a known field is plain words: all must occur. There are no errors in plain
words; other syntax is ignored and listed in `Parsed.notes`. With an operator or a known field, a syntax error is a
`QueryError` with its place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from archiver.errors import QueryError, UsageError
from archiver.index.search.days import day_of
from archiver.index.search.lexing import COLUMNS, FARTHEST, Lexeme, lexemes, normalized
from archiver.index.search.query_notes import meant_field, text_notes, unknown_field, word_notes, wordless_note
from archiver.index.search.syntax import All, DateSpan, Either, Field, Near, Node, Not, Term
from archiver.tokens import folded_words

DEFAULT_DISTANCE = 10  # words, as in FTS5
DEEPEST = 200  # nested brackets, more than anyone needs
_DISTANCE = re.compile(r"[,，、]\s*(\S*)\s*\Z")
_BINDING = {"OR": 1, "AND": 2, "NOT": 3, "field": 4}


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed query. `node` is None if nothing can be found; `notes` lists what was ignored."""

    node: Node | None
    plain: bool
    notes: tuple[str, ...] = ()


def parse(text: str) -> Parsed | None:
    """Parse a query; None if it is empty. Raises QueryError."""
    text = normalized(text)
    found = list(lexemes(text))
    if not found:
        return None
    structured = any(lexeme.kind in ("AND", "OR", "NOT", "NEAR", "field") for lexeme in found)
    parsed = _Reader(text, found).read() if structured else _plain(text, found)
    return replace(parsed, notes=(*text_notes(text), *parsed.notes))


def listed(words: tuple[str, ...]) -> Node | None:
    """A word list, of which any entry must occur: each is a word, a phrase, or a prefix with `*`. None if no entry has
    a word.
    """
    terms = (_entry(normalized(word)) for word in words)
    found = tuple(dict.fromkeys(term for term in terms if term is not None))
    return None if not found else found[0] if len(found) == 1 else Either(found)


def _entry(text: str) -> Term | None:
    words = text.rstrip('*" ')  # "city coun*" with or without quotation marks
    return _term(words.lstrip('" '), star="*" in text[len(words) :])


def _term(text: str, star: bool) -> Term | None:
    """None if there is no word."""
    return Term(text, star) if folded_words(text) else None


def _with_distance(term: Term, distance: int) -> Node:
    """`"a b"~n`: its words near each other."""
    parts = term.text.split()
    terms = tuple(
        Term(part, term.star and number == len(parts))
        for number, part in enumerate(parts, 1)
        if _term(part, star=False) is not None
    )
    return Near(terms, distance) if len(terms) > 1 else term


# ------------------------------------------------------------------ plain words


def _plain(text: str, found: list[Lexeme]) -> Parsed:
    notes: dict[str, None] = {}
    nodes: list[Node] = []
    for lexeme in found:
        if lexeme.kind in ("open", "close"):
            notes["brackets are ignored without AND, OR or NOT"] = None
            continue
        if lexeme.kind == "quote":
            notes['an unpaired " is ignored'] = None
            continue
        term = _term(lexeme.text, lexeme.star)
        if term is None:
            notes[wordless_note(text[lexeme.start : lexeme.end])] = None
            continue
        notes.update(dict.fromkeys(word_notes(lexeme)))
        distant = lexeme.slop is not None and lexeme.slop <= FARTHEST
        nodes.append(_with_distance(term, lexeme.slop or 0) if distant else term)
    node = None if not nodes else nodes[0] if len(nodes) == 1 else All(tuple(nodes))
    return Parsed(node, True, tuple(notes))


# ------------------------------------------------------------------ operators


@dataclass(slots=True)
class _Group:
    """AND or OR during parsing: parts are added in place, so that thousands of words take linear time."""

    kind: str
    parts: list[_Built]
    depth: int = 1


@dataclass(slots=True)
class _Negated:
    part: _Built
    depth: int


_Built = _Group | _Negated | Node


@dataclass(slots=True)
class _Reader:
    """A precedence parser with two stacks (shunting yard), so that deeply nested brackets can't crash it."""

    text: str
    lexemes: list[Lexeme]
    found: list[_Built] = field(default_factory=list)
    waiting: list[Lexeme] = field(default_factory=list)  # operators, fields and open brackets
    notes: dict[str, None] = field(default_factory=dict)
    position: int = 0
    complete: bool = False  # whether the last lexeme can precede AND

    def read(self) -> Parsed:
        """The whole text. Raises QueryError."""
        while self.position < len(self.lexemes):
            lexeme = self.lexemes[self.position]
            self.position += 1
            if self.waiting and self.waiting[-1].kind == "field" and self.waiting[-1].end != lexeme.start:
                raise self._no_value(self.waiting[-1])
            self._between(lexeme) if lexeme.kind in ("AND", "OR", "close") else self._operand(lexeme)
        if not self.complete:
            raise self._nothing_after()
        while self.waiting:
            if self.waiting[-1].kind == "open":
                raise self._error(self.waiting[-1].start, "this bracket is not closed", "add a )")
            self._apply()
        return Parsed(_frozen(self.found[0]), False, tuple(self.notes))

    def _between(self, lexeme: Lexeme) -> None:
        """What follows a complete expression."""
        if not self.complete:
            raise self._nothing_before(lexeme)
        if lexeme.kind == "close":
            self._close(lexeme)
        else:
            self._operator(lexeme)
            self.complete = False

    def _operand(self, lexeme: Lexeme) -> None:
        """The start of an expression."""
        if self.complete:  # two terms side by side: both must occur
            self._operator(Lexeme("AND", lexeme.start, lexeme.start))
        self.complete = lexeme.kind in ("term", "NEAR")
        if lexeme.kind == "NEAR":
            self._near(lexeme)
        elif lexeme.kind == "term":
            self.found.append(self._leaf(lexeme))
        elif lexeme.kind == "quote":
            raise self._error(lexeme.start, 'this " is not closed', 'add the closing ", or remove this one')
        else:
            self.waiting.append(lexeme)

    def _operator(self, lexeme: Lexeme) -> None:
        while self.waiting and _BINDING.get(self.waiting[-1].kind, 0) >= _BINDING[lexeme.kind]:
            self._apply()
        self.waiting.append(lexeme)

    def _close(self, lexeme: Lexeme) -> None:
        while self.waiting and self.waiting[-1].kind != "open":
            self._apply()
        if not self.waiting:
            raise self._error(lexeme.start, "this bracket was never opened", "add a (, or remove this one")
        self.waiting.pop()
        while self.waiting and self.waiting[-1].kind == "field":  # binds tightest
            self._apply()

    def _apply(self) -> None:
        """The operator that waits longest at hand, to what was found."""
        lexeme = self.waiting.pop()
        right = self.found.pop()
        built: _Built
        if lexeme.kind == "field":
            built = self._in_field(right, lexeme)
        elif lexeme.kind == "NOT":
            built = right.part if isinstance(right, _Negated) else _Negated(right, _depth(right) + 1)
        else:
            built = _joined(lexeme.kind, self.found.pop(), right)
        if _depth(built) > DEEPEST:
            raise self._error(
                lexeme.start, f"brackets are nested more than {DEEPEST} deep", "split it into several queries"
            )
        self.found.append(built)

    def _leaf(self, lexeme: Lexeme) -> Node:
        term = _term(lexeme.text, lexeme.star)
        inside = self.waiting[-1] if self.waiting and self.waiting[-1].kind == "field" else None
        if inside is not None:
            self.waiting.pop()
            return self._value(inside, Term(lexeme.text, lexeme.star), lexeme)
        if term is None:
            raise self._no_word(lexeme)
        self._note(lexeme)
        if lexeme.slop is None:
            return term
        if lexeme.slop > FARTHEST:
            raise self._error(lexeme.start, f"~{lexeme.slop} is too large", f"use at most {FARTHEST}")
        return _with_distance(term, lexeme.slop)

    def _note(self, lexeme: Lexeme) -> None:
        unknown = unknown_field(lexeme)
        if unknown and (meant := meant_field(unknown)):
            quoted = f'to search for it as words, put "{lexeme.text}" in quotes'
            raise self._error(lexeme.start, f"{unknown}: is not a field", f"{meant}; {quoted}")
        self.notes.update(dict.fromkeys(word_notes(lexeme)))

    def _value(self, named: Lexeme, term: Term, lexeme: Lexeme) -> Node:
        """A field with its value."""
        name, text = named.text, term.text.strip()
        if name == "date":
            return self._span(text, lexeme)
        if name in COLUMNS:
            if not folded_words(text):
                raise self._no_word(lexeme)
            self._note(lexeme)
            node = term if lexeme.slop is None else _with_distance(term, lexeme.slop)
            return _in_column(node, name)
        if not text:
            raise self._error(named.start, f"{name}: has no value", f"write {name}:VALUE")
        if term.star and name != "author":
            raise self._error(lexeme.start, f"{name}: needs a complete value, without *", f"write {name}:{text}")
        return Field(name, text, term.star)  # type: ignore[arg-type]

    def _span(self, text: str, lexeme: Lexeme) -> DateSpan:
        first, dots, last = text.partition("..")
        hint = "write date:2024, date:2024-05, date:2024-05-17 or date:2024-01..2024-03"
        if not first and not last:
            raise self._error(lexeme.start, "date: has no day", hint)
        try:
            begin = day_of(first, "date:") if first else None
            end = day_of(last if dots else first, "date:", last=True) if last or not dots else None
        except UsageError as error:
            raise self._error(lexeme.start, error.message, hint) from error
        if begin and end and begin > end:
            raise self._error(lexeme.start, f"date: {first} is after {last}", "swap them")
        return DateSpan(begin, end)

    def _in_field(self, built: _Built, named: Lexeme) -> _Built:
        """Applies a field to each leaf of the bracket after it."""
        if isinstance(built, _Group):
            built.parts = [self._in_field(part, named) for part in built.parts]
            return built
        if isinstance(built, _Negated):
            return _Negated(self._in_field(built.part, named), built.depth)
        if isinstance(built, Term) and built.column is None:
            return self._value(named, built, Lexeme("term", named.start, named.end, built.text, built.star))
        if isinstance(built, Near) and built.column is None and named.text in COLUMNS:
            return _in_column(built, named.text)
        raise self._error(
            named.start, f"{named.text}: can't be used within another field or NEAR", "use only one of them"
        )

    def _near(self, lexeme: Lexeme) -> None:
        """`NEAR(a "b c" d*, 5)`."""
        position = self.position
        form = 'write NEAR(a b, 5); to search for the word, write "NEAR"'
        if position == len(self.lexemes) or self.lexemes[position].kind != "open":
            raise self._error(lexeme.start, "NEAR must be followed by a bracket", form)
        inner: list[Lexeme] = []
        for inside in self.lexemes[position + 1 :]:
            if inside.kind == "close":
                break
            if inside.kind != "term" or inside.slop is not None:
                raise self._error(inside.start, "NEAR takes only words, phrases and a distance", form)
            inner.append(inside)
        else:
            raise self._error(self.lexemes[position].start, "the bracket of NEAR is not closed", form)
        terms, distance = self._distance(inner, form)
        if len(terms) < 2:
            raise self._error(lexeme.start, "NEAR needs at least two words", form)
        near: Node = Near(tuple(terms), distance)
        if self.waiting and self.waiting[-1].kind == "field":
            near = self._in_field(near, self.waiting.pop())  # type: ignore[assignment]
        self.found.append(near)
        self.position += len(inner) + 2

    def _distance(self, inner: list[Lexeme], form: str) -> tuple[list[Term], int]:
        begin, end = (inner[0].start, inner[-1].end) if inner else (0, 0)
        quoted = any(lexeme.quoted for lexeme in inner[-1:])
        match = None if quoted else _DISTANCE.search(self.text[begin:end])
        distance, stop = DEFAULT_DISTANCE, end
        if match:
            stop = begin + match.start()
            if re.search("[0-9],[0-9]", self.text[max(0, stop - 1) : stop + 2]):
                number = self.text[begin:end].split()[-1]
                raise self._error(stop, f"{number} can be a number or a distance", f'write "{number}", or a space')
            if not re.fullmatch(r"\d{1,7}", match[1]) or int(match[1]) > FARTHEST:
                raise self._error(stop, f"{match[1] or 'nothing'} is not a distance", form)
            distance = int(match[1])
        elif len(inner) > 2 and not quoted and re.fullmatch(r"\d{1,3}", inner[-1].text):
            self.notes[f"the {inner[-1].text} in NEAR is a word: a distance follows a comma"] = None
        terms = []
        for lexeme in inner:
            if lexeme.start >= stop:
                break
            text = lexeme.text if lexeme.end <= stop else self.text[lexeme.start : stop]
            term = _term(text.rstrip("*"), lexeme.star or text.endswith("*"))
            if term is None or ("," in text and self.text[lexeme.start] != '"'):
                raise self._error(lexeme.start, f"{text!r} is not a word", form)
            terms.append(term)
        return terms, distance

    # -------------------------------------------------------------- errors

    def _no_word(self, lexeme: Lexeme) -> QueryError:
        shown = self.text[lexeme.start : lexeme.end]
        return self._error(lexeme.start, f"{shown!r} has no letter or digit", "remove it")

    def _nothing_before(self, lexeme: Lexeme) -> QueryError:
        if lexeme.kind == "close" and self.waiting and self.waiting[-1].kind != "open":
            return self._nothing_after()
        if lexeme.kind == "close":
            opened = any(entry.kind == "open" for entry in self.waiting)
            if not opened:
                return self._error(lexeme.start, "this bracket was never opened", "add a (, or remove this one")
            return self._error(lexeme.start, "these brackets are empty", "remove them")
        if self.waiting and self.waiting[-1].kind != "open":
            return self._nothing_after()
        return self._needs(lexeme, "before")

    def _nothing_after(self) -> QueryError:
        last = self.waiting[-1]
        if last.kind == "field":
            return self._no_value(last)
        if last.kind == "open":
            return self._error(last.start, "this bracket is not closed", "add a )")
        return self._needs(last, "after")

    def _no_value(self, named: Lexeme) -> QueryError:
        hint = f'write {named.text}:VALUE without a space; to search for the word, write "{named.text}:" in quotes'
        return self._error(named.start, f"{named.text}: has no value", hint)

    def _needs(self, lexeme: Lexeme, side: str) -> QueryError:
        return self._error(
            lexeme.start,
            f"{lexeme.kind} has nothing {side} it",
            f'add a word there; to search for the word, write "{lexeme.kind}" in quotes or in lower case',
        )

    def _error(self, at: int, message: str, hint: str) -> QueryError:
        return QueryError(message, hint, self.text, at)


def _depth(built: _Built) -> int:
    return built.depth if isinstance(built, _Group | _Negated) else 0


def _joined(kind: str, left: _Built, right: _Built) -> _Group:
    if not (isinstance(left, _Group) and left.kind == kind):
        left = _Group(kind, [left], _depth(left) + 1)
    if isinstance(right, _Group) and right.kind == kind:
        left.parts += right.parts
        left.depth = max(left.depth, right.depth)
    else:
        left.parts.append(right)
        left.depth = max(left.depth, _depth(right) + 1)
    return left


def _frozen(built: _Built) -> Node:
    if isinstance(built, _Group):
        parts = tuple(_frozen(part) for part in built.parts)
        return All(parts) if built.kind == "AND" else Either(parts)
    if isinstance(built, _Negated):
        return Not(_frozen(built.part))
    return built


def _in_column(node: Node, column: str) -> Node:
    assert isinstance(node, Term | Near)
    return replace(node, column=column)  # type: ignore[arg-type]
