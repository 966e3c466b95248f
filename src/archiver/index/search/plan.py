"""Converts a query tree to SQL over the stories: one FTS5 expression if possible, else set operations on story IDs.

FTS5 has no fields except its columns, no unary NOT, and limited nesting of brackets. Other parts become `a.id IN
(SELECT rowid … MATCH …)`, combined by SQL's AND, OR and NOT. Conditions that the index of folded words can't decide
(accents and case, `C++`) are found by their words and then checked in the text, by the SQL function `holds`.
"""

from __future__ import annotations

import itertools
import json
import math
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from archiver.errors import UsageError
from archiver.index.schema import fulltext
from archiver.index.search.parsing import parse
from archiver.index.search.runs import Run, Sense, StoryText, runs, story_text, test_of
from archiver.index.search.syntax import All, DateSpan, Either, Field, Near, Node, Not, Term, is_about_text, written
from archiver.tokens import fold_text, folded_words

_DEEPEST = 20  # brackets in one FTS5 expression; its parser supports about 50
_NESTED = 5  # nested AND, OR and NOT in SQL; SQLite's parser supports about 30 brackets
_PIECES = 900  # SQLite allows expressions 1,000 deep, and a chain is as deep as it is long
_PHRASES = 200  # per leaf: the combinations of stems of a phrase; with more, only the words are looked up first
_MOST_SIDE_BY_SIDE = 16  # operands of one OR
UNLESS = f'NOT language : "{fulltext.language_term("")}"'  # true for every story: a language has letters
_CODE = re.compile("[a-z]{2,3}")
_WHOLE = {"site": "a.site = ?", "lang": "a.language = ?", "section": "folded(a.section) = ?"}


@dataclass(frozen=True, slots=True)
class Condition:
    """A piece of SQL, true or false for each story `a`, and its values."""

    sql: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on the site or language, and its word in the full-text table: both choose the same stories."""

    condition: Condition
    word: str  # an FTS5 expression


@dataclass(slots=True)
class Plan:
    """How to find the stories of a tree: those of `match` for which all `conditions` and `filters` hold."""

    match: str = ""  # an FTS5 expression; "" if the full text is not searched first
    headline: str = ""  # the same for stories that have the words in the headline
    conditions: list[Condition] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    # an additional condition that reads the story, which costs as much as a thousand of the others
    read: Condition | None = None


def plan(node: Node, sense: Sense) -> Plan:
    """A plan for a tree."""
    made = Plan()
    parts = node.parts if isinstance(node, All) else (node,)
    matched: list[Node] = []
    for part in parts:
        if isinstance(part, Field) and (chosen := filter_by(part.name, part.value)) is not None:
            made.filters.append(chosen)
        elif not is_about_text(part):
            made.conditions.append(condition(part, sense))
        elif isinstance(part, Not) or _fts_expression(part, sense)[0] is not None:
            matched.append(part)
        else:
            made.conditions.append(condition(part, sense))
    text = _together(matched)
    expression, complete = _fts_expression(text, sense) if text is not None else (None, True)
    if expression is None or _depth(expression) > _DEEPEST:
        made.conditions += [condition(part, sense) for part in matched]
        return made
    made.match = expression
    made.headline = _fts_expression(text, sense, headline=True)[0] or "" if text is not None else ""
    unsure = [part for part in matched if not complete and not _is_complete(part, sense)]
    made.conditions += [condition(part, sense) for part in unsure if isinstance(part, Not)]
    if (read := _together([part for part in unsure if not isinstance(part, Not)])) is not None:
        made.read = _holds(read, sense)
    return made


def _is_complete(part: Node, sense: Sense) -> bool:
    return _fts_expression(part.part if isinstance(part, Not) else part, sense)[1]


def condition(node: Node, sense: Sense) -> Condition:
    """The condition on the story `a` for a tree."""
    if isinstance(node, Field | DateSpan):
        return _field(node) if isinstance(node, Field) else _span(node)
    if is_about_text(node):
        expression, complete = _fts_expression(node, sense)
        if expression is not None and _depth(expression) <= _DEEPEST:
            found = _in_index(expression)
            return found if complete else _balanced([found, _holds(node, sense)], "AND")
    if _levels(node) > _NESTED:
        return _combined(node, sense)
    if isinstance(node, Not):
        inner = condition(node.part, sense)
        return Condition(f"NOT {inner.sql}", inner.values)
    assert isinstance(node, All | Either)
    parts = [condition(part, sense) for part in _grouped(node)]
    return _balanced(parts, "AND" if isinstance(node, All) else "OR")


def _levels(node: Node) -> int:
    if isinstance(node, All | Either):
        return 1 + max(map(_levels, node.parts))
    return 1 + _levels(node.part) if isinstance(node, Not) else 0


def _combined(node: Node, sense: Sense) -> Condition:
    """For a tree too deep for SQL's parser: its parts are evaluated in SQL, and a function combines the results."""
    pieces: list[Condition] = []
    shape = json.dumps(_shape(node, sense, pieces))
    if len(pieces) > _PIECES:
        raise UsageError(
            f"the query has {len(pieces)} parts in nested brackets", "split it into several queries, or nest less"
        )
    values = tuple(value for piece in pieces for value in piece.values)
    truths = " || ".join(f"({piece.sql})" for piece in pieces)  # a text of 0 and 1
    return Condition(f"combined(?, {truths})", (shape, *values))


def _shape(node: Node, sense: Sense, pieces: list[Condition]) -> list[Any] | int:
    """How the parts are combined: the index of a part, or an operator and its operands."""
    if isinstance(node, All | Either) and not _is_sayable(node, sense):
        return [isinstance(node, All), *(_shape(part, sense, pieces) for part in node.parts)]
    if isinstance(node, Not):
        return [None, _shape(node.part, sense, pieces)]
    pieces.append(condition(node, sense))
    return len(pieces) - 1


def _is_sayable(node: Node, sense: Sense) -> bool:
    if not is_about_text(node):
        return False
    expression, complete = _fts_expression(node, sense)
    return complete and expression is not None and _depth(expression) <= _DEEPEST


def _combined_as(shape: str, truths: str) -> bool:
    return _combine(json.loads(shape), truths)


def _combine(shape: list[Any] | int, truths: str) -> bool:
    if isinstance(shape, int):
        return truths[shape] == "1"
    if shape[0] is None:
        return not _combine(shape[1], truths)
    return (all if shape[0] else any)(_combine(part, truths) for part in shape[1:])


def _grouped(node: All | Either) -> Iterable[Node]:
    """The parts, with those combined that one FTS5 expression can express."""
    kind = type(node)
    simple = [part for part in node.parts if isinstance(part, Term | Near)]
    if len(simple) < 2 or len(simple) == len(node.parts):
        return node.parts
    return [kind(tuple(simple)), *(part for part in node.parts if not isinstance(part, Term | Near))]


def _together(parts: Sequence[Node]) -> Node | None:
    return None if not parts else parts[0] if len(parts) == 1 else All(tuple(parts))


# ------------------------------------------------------------------ FTS5


def _fts_expression(node: Node, sense: Sense, *, headline: bool = False) -> tuple[str | None, bool]:
    """An FTS5 expression that matches all stories of a text tree (None: every story may match), and whether it matches
    only these. With `headline`, required terms must occur in the headline."""
    if isinstance(node, Term | Near):
        return _leaf(node, sense, headline=headline)
    if isinstance(node, Not):
        return None, False
    assert isinstance(node, All | Either)
    said = [_fts_expression(part, sense, headline=headline) for part in node.parts if not isinstance(part, Not)]
    expressions = [expression for expression, _ in said if expression is not None]
    if not expressions or (isinstance(node, Either) and len(expressions) < len(node.parts)):
        return None, False
    complete = all(whole and expression is not None for expression, whole in said)
    if isinstance(node, Either):
        return any_of(expressions), complete
    unwanted = [_fts_expression(part.part, sense) for part in node.parts if isinstance(part, Not)]
    excluded = [expression for expression, whole in unwanted if whole and expression is not None]
    both = f"({' AND '.join(expressions)})" if len(expressions) > 1 else expressions[0]
    if excluded:
        both = f"({both} NOT {any_of(excluded)})"
    return both, complete and len(excluded) == len(unwanted)


def _leaf(leaf: Term | Near, sense: Sense, *, headline: bool) -> tuple[str, bool]:
    if isinstance(leaf, Term):
        return _term(leaf, sense, headline=headline)
    return _near(leaf, sense, headline=headline)


def _term(term: Term, sense: Sense, *, headline: bool) -> tuple[str, bool]:
    found = runs(term, sense)
    filtered = _filter(term.column, headline=headline)
    alternatives = []
    for run in found:
        words = any_of(_phrases(run)) if run.phrases <= _PHRASES else _words_of(run)
        alternatives.append(_of_language(run.language, filtered + words))
    complete = not any(run.is_as_written or run.phrases > _PHRASES for run in found)
    return any_of(alternatives), complete


def _near(near: Near, sense: Sense, *, headline: bool) -> tuple[str, bool]:
    """NEAR with all combinations of the terms' forms; if there are too many, or a term has signs, the terms alone."""
    terms = [runs(term, sense) for term in near.terms]
    languages = dict.fromkeys(run.language for term in terms for run in term)
    filtered = _filter(near.column, headline=headline)
    alternatives = []
    complete = True
    for language in languages:
        chosen = [[run for run in term if run.language in (None, language)][-1] for term in terms]
        number = 1
        for run in chosen:
            number *= run.phrases
        if number <= _PHRASES and not any(run.is_as_written for run in chosen):
            combined = itertools.product(*(_phrases(run) for run in chosen))
            words = any_of([f"NEAR({' '.join(phrases)}, {near.distance})" for phrases in combined])
        else:
            complete = False
            words = f"({' AND '.join(map(_words_of, chosen))})"
        alternatives.append(_of_language(language, filtered + words))
    return any_of(alternatives), complete


def _words_of(run: Run) -> str:
    """All words of a run, in any order."""
    steps = [any_of([_phrase((word,)) for word in step]) for step in run.steps]
    if run.star:
        steps[-1] = _phrase(run.steps[-1], star=True)
    return f"({' AND '.join(steps)})" if len(steps) > 1 else steps[0]


def _phrases(run: Run) -> list[str]:
    return [_phrase(steps, star=run.star) for steps in itertools.product(*run.steps)]


def _phrase(words: Sequence[str], *, star: bool = False) -> str:
    return '"' + " ".join(words) + '"' + ("*" if star else "")


def any_of(expressions: Sequence[str]) -> str:
    """An FTS5 expression for stories that match at least one of these."""
    if len(expressions) == 1:
        return expressions[0]
    if len(expressions) > _MOST_SIDE_BY_SIDE:
        expressions = _in_groups(expressions)
    return f"({' OR '.join(expressions)})"


def _in_groups(expressions: Sequence[str]) -> list[str]:
    """FTS5 looks at all operands of an OR for each story, and regards an OR in an OR as one. NOT keeps them apart: of
    5,000 words it then looks at 140, and finds the stories in a third of the time."""
    size = math.isqrt(len(expressions) - 1) + 1
    groups = [expressions[at : at + size] for at in range(0, len(expressions), size)]
    return [f"(({' OR '.join(group)}) {UNLESS})" for group in groups]


def _filter(column: str | None, *, headline: bool) -> str:
    column = "title" if headline and column is None else column
    return f"{column} : " if column else ""


def _of_language(language: str | None, expression: str) -> str:
    return f"({expression} AND {_in_language_column(fulltext.language_term(language))})" if language else expression


def _depth(expression: str) -> int:
    deepest = depth = 0
    for char in _outside_quotes(expression):
        depth += (char == "(") - (char == ")")
        deepest = max(deepest, depth)
    return deepest


def _outside_quotes(expression: str) -> str:
    return "".join(expression.split('"')[::2])


# ------------------------------------------------------------------ SQL


def _in_index(expression: str) -> Condition:
    return Condition("a.id IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?)", (expression,))


def _holds(node: Node, sense: Sense) -> Condition:
    asked = json.dumps([written(node), sense.exact, sense.forms], ensure_ascii=False, sort_keys=True)
    columns = "a.language, a.title, a.text, a.description, a.authors, a.tags"
    return Condition(f"holds(?, {columns})", (asked,))


def _balanced(conditions: Sequence[Condition], operator: str) -> Condition:
    """Joined as a balanced tree: SQLite allows expressions 1,000 deep, and a chain is as deep as it is long."""
    if len(conditions) == 1:
        return conditions[0]
    half = len(conditions) // 2
    left, right = _balanced(conditions[:half], operator), _balanced(conditions[half:], operator)
    return Condition(f"({left.sql} {operator} {right.sql})", (*left.values, *right.values))


def _field(asked: Field) -> Condition:
    if asked.name in _WHOLE:
        value = {"lang": asked.value.lower(), "section": fold_text(asked.value)}.get(asked.name, asked.value)
        # A story without a section matches NOT section:x.
        return Condition(f"coalesce({_WHOLE[asked.name]}, 0)", (value,))
    return named("authors" if asked.name == "author" else "tags", asked.value, star=asked.star)


def filter_by(name: str, value: str) -> Filter | None:
    """A filter by site or language; None for another field, and for what is not a language code."""
    if name == "site":
        return Filter(Condition("a.site = ?", (value,)), _in_language_column(fulltext.site_term(value)))
    code = value.lower()
    if name != "lang" or not _CODE.fullmatch(code):
        return None
    return Filter(Condition("a.language = ?", (code,)), _in_language_column(fulltext.language_term(code)))


def _in_language_column(word: str) -> str:
    return f'language : "{word}"'


def named(column: str, value: str, *, star: bool = False) -> Condition:
    """Stories with a name in a JSON array: the full text finds the few candidates, which are then compared."""
    expression = names_expression(column, value, star=star)
    exact = has_name(column, value, star=star)
    return _balanced([_in_index(expression), exact], "AND") if expression else exact


def has_name(column: str, value: str, *, whole: bool = False, star: bool = False) -> Condition:
    """The exact comparison: tags are compared whole, authors by consecutive words of their names."""
    if not whole and column == "authors" and (words := " ".join(folded_words(value))):
        wanted = f" {words}" if star else f" {words} "
        return Condition("EXISTS (SELECT 1 FROM json_each(a.authors) WHERE instr(spaced(value), ?))", (wanted,))
    among = f"EXISTS (SELECT 1 FROM json_each(a.{column}) WHERE folded(value) = ?)"  # noqa: S608 - constants
    return Condition(among, (fold_text(value),))


def names_expression(column: str, value: str, *, star: bool = False) -> str:
    """An FTS5 expression for stories that have the words of a name; "" for a name without words."""
    words = folded_words(value)
    return f"{column} : {_phrase(words, star=star)}" if words else ""


def _span(span: DateSpan) -> Condition:
    bounds = [("a.date >= ?", span.first), ("a.date <= ?", span.last)]
    there = [Condition(f"coalesce({sql}, 0)", (day.isoformat(),)) for sql, day in bounds if day is not None]
    return _balanced(there, "AND")


def add_functions(db: sqlite3.Connection) -> None:
    """The SQL functions that the conditions of a plan call."""
    db.create_function("folded", 1, lambda text: None if text is None else fold_text(str(text)), deterministic=True)
    db.create_function("spaced", 1, lambda text: f" {' '.join(folded_words(str(text)))} ", deterministic=True)
    db.create_function("combined", 2, _combined_as, deterministic=True)
    db.create_function("holds", 7, _decide, deterministic=True)


def _decide(asked: str, language: str | None, *columns: str | None) -> bool:
    return _deciding(asked)(story_text(language, columns))


@lru_cache(maxsize=64)
def _deciding(asked: str) -> Callable[[StoryText], bool]:
    query, exact, forms = json.loads(asked)
    lists = {language: {word: tuple(found) for word, found in words.items()} for language, words in forms.items()}
    parsed = parse(query)
    assert parsed is not None and parsed.node is not None
    return test_of(parsed.node, Sense(exact, lists))
