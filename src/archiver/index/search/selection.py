"""The stories of a query: the FROM and WHERE of every search, count and export."""

from __future__ import annotations

import hashlib
import heapq
import json
import sqlite3
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from archiver.errors import UsageError
from archiver.index.schema import fulltext, stemming
from archiver.index.schema.connection import Index
from archiver.index.schema.copies import COPIES_AMONG
from archiver.index.search import plan as plans
from archiver.index.search import regexes
from archiver.index.search.parsing import listed, parse
from archiver.index.search.plan import Condition, Filter, Plan, filter_by, has_name, names_expression, plan
from archiver.index.search.present import values_of
from archiver.index.search.runs import Forms, Leaves, Sense, sought, wanted, words_of
from archiver.index.search.syntax import All, Field, Node, Not, both, is_about_text, leaves
from archiver.tokens import fold, fold_text


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A search query. An empty text lists stories by date. A story without a date never passes `since` or `until`.

    `text` is in the query language of docs/search.md. `author` matches a part of a name, or the whole name if it is in
    double quotes; `section` and `tag` must match completely. All three ignore case and accents.
    """

    text: str = ""
    word_list: tuple[str, ...] | None = None  # in addition to the text, one of these must occur
    since: date | None = None  # first day
    until: date | None = None  # last day
    site: str | None = None
    language: str | None = None
    section: str | None = None
    author: str | None = None
    tag: str | None = None
    regex: str | None = None  # a regular expression (RE2) that headline or text must match
    sort: Literal["relevance", "date"] = "relevance"
    limit: int | None = 20
    offset: int = 0
    stem: bool = False  # words in all their forms, according to each story's language
    exact: bool = False  # words exactly as written: accents and case matter
    edited: bool = False  # only stories with an observed edit
    gone: bool = False  # only stories that were removed from their site
    ids: tuple[int, ...] | None = None  # only these
    collapse: bool = False  # of copies (the view `copies`) only the first
    sample: int | None = None  # only a random sample of this size
    seed: int = 0  # the same seed gives the same sample, also after a rebuild


def query_tree(query: SearchQuery) -> tuple[Node | None, bool]:
    """The tree of a query's words, and whether they can be found at all. Raises QueryError, and UsageError for an empty
    word list.
    """
    parsed = parse(query.text)
    entries = listed(query.word_list) if query.word_list is not None else None
    if query.word_list is not None and entries is None:
        raise UsageError("the word list is empty", "put one word or phrase on each line")
    if parsed is not None and parsed.node is None:
        return None, False
    return both(parsed.node if parsed else None, entries), True


def check(query: SearchQuery) -> None:
    """Raises QueryError for a syntax error, UsageError for an invalid query."""
    query_tree(query)
    if query.exact and query.stem:
        raise UsageError("exact and stem can't be combined", "search for words as written, or for all their forms")
    if query.regex is not None:
        regexes.compiled(query.regex)


def notes_of(query: SearchQuery) -> tuple[str, ...]:
    """Notes for people about ignored parts of a query. Raises QueryError."""
    parsed = parse(query.text)
    return parsed.notes if parsed else ()


def fields_of(query: SearchQuery) -> list[Field]:
    """The fields in a query's text. Raises QueryError."""
    parsed = parse(query.text)
    return [leaf for leaf in leaves(parsed.node) if isinstance(leaf, Field)] if parsed and parsed.node else []


def is_ranked(query: SearchQuery) -> bool:
    """Whether the matches of a query have a score, because some words must occur. Raises QueryError."""
    tree, _ = query_tree(query)
    parts = tree.parts if isinstance(tree, All) else (tree,) if tree else ()
    return any(is_about_text(part) and not isinstance(part, Not) for part in parts)


def add_functions(db: sqlite3.Connection) -> None:
    """The SQL functions that the conditions of a query call."""
    plans.add_functions(db)
    regexes.add_function(db)


class Chosen:
    """A query as SQL: `source`, `where` and their `values`. `impossible` if nothing can match.

    For finding IDs, sorting and counting: for a query with words, `source` reads the index `articles_facets` instead of
    the stories, which would take ten times as long. With only words (`only_words`), the full-text table is enough,
    which takes a tenth of that.

    Conditions on site and language are words of the full-text expression: common words have too many stories to look
    each of them up. `by_rows` has them as conditions on rows.

    Raises QueryError and UsageError for an invalid query.
    """

    table = "articles_fts"

    def __init__(self, db: Index, query: SearchQuery) -> None:
        add_functions(db.conn)
        check(query)
        tree, possible = query_tree(query)
        self.impossible = not possible
        self.leaves = Leaves()  # what to mark in what is found
        self.regex = query.regex
        self._conditions: list[Condition] = []
        self._plan = Plan()
        if tree is not None:
            sense = Sense(query.exact, forms_of(db, query, tree))
            self._plan = plan(tree, sense)
            self.leaves = Leaves([sought(leaf, sense) for leaf in wanted(tree)])
        made = self._plan
        self.searches_text = bool(made.match)
        self._names = _name_matches(query)
        self.score = f"-bm25({self.table}, {', '.join(map(str, fulltext.WEIGHTS))})" if made.match else "0.0"
        self._conditions += made.conditions
        self._filters = [*made.filters, *_filters(query)]
        self._filter(db, query)
        self._combine(by_words=True)

    def by_rows(self) -> Chosen:
        """The same stories, with site and language compared in the rows."""
        if not (self._filters and self.expression):
            return self
        other = copy(self)
        other._combine(by_words=False)
        return other

    def _combine(self, *, by_words: bool) -> None:
        made, filters = self._plan, self._filters
        matches = [*([made.match] if made.match else []), *self._names]
        by_words = by_words and bool(matches)
        words = [chosen.word for chosen in filters] if by_words else []
        self.expression = " AND ".join([*matches, *words])  # of the full-text table
        self.in_headline = " AND ".join([made.headline, *self._names, *words]) if made.headline else ""
        conditions = [*self._conditions, *([] if by_words else [chosen.condition for chosen in filters])]
        self.source = "articles a"
        if self.expression:
            self.source = f"{self.table} JOIN articles a INDEXED BY articles_facets ON a.id = {self.table}.rowid"
            conditions.insert(0, Condition(f"{self.table} MATCH ?", (self.expression,)))
        self.read = made.read  # conditions that have to read each story; `unread` are all others
        self.unread, self.unread_values = _joined(conditions)
        others = len(conditions) - 1
        if made.read is not None:
            conditions.append(made.read)
        self.where, self.values = _joined(conditions)
        # nothing else than the words decides, except that the stories may have to be read for the same words
        self.only_words_decide = bool(self.expression) and not others
        self.only_words = self.only_words_decide and made.read is None

    def _filter(self, db: Index, query: SearchQuery) -> None:
        if query.since:
            self._add("a.date >= ?", query.since.isoformat())
        if query.until:
            self._add("a.date <= ?", query.until.isoformat())
        if query.language is not None and filter_by("lang", query.language) is None:
            self._add("a.language = ?", query.language.lower())
        if query.section is not None:
            self._add("folded(a.section) = ?", fold_text(query.section))
        if query.author is not None:
            whole = whole_name(query.author)
            self._conditions.append(has_name("authors", whole or query.author, whole=whole is not None))
        if query.tag is not None:
            self._conditions.append(has_name("tags", query.tag))
        if query.regex is not None:
            self._conditions.append(regexes.condition(query.regex))
        if query.edited:
            self._conditions.append(Condition("a.versions > 1"))
        if query.gone:
            self._conditions.append(Condition("a.status = 'gone'"))
        self._choose(db, query)

    def _choose(self, db: Index, query: SearchQuery) -> None:
        """Conditions that depend on the other matches."""
        if query.ids is not None:
            self._add("a.id IN (SELECT value FROM json_each(?))", json.dumps(query.ids))
        if query.collapse:
            self._add(
                f"a.id NOT IN ({COPIES_AMONG})", json.dumps(_found(db, replace(query, collapse=False, sample=None)))
            )
        if query.sample is not None:
            self._add("a.id IN (SELECT value FROM json_each(?))", json.dumps(_drawn(db, query)))

    @property
    def counting(self) -> str:
        """The source for counting by columns of `articles_facets`, which is a hundredth of the size of the stories."""
        return self.source if self.expression else "articles a INDEXED BY articles_facets"

    def values_for(self, expression: str, values: Sequence[Any] | None = None) -> list[Any]:
        """The values of `where`, or of `unread`, with another full-text expression."""
        return [_encodable(expression), *(self.values if values is None else values)[1:]]

    def _add(self, condition: str, value: str) -> None:
        self._conditions.append(Condition(condition, (value,)))


def _filters(query: SearchQuery) -> list[Filter]:
    values = (("site", query.site), ("lang", query.language))
    found = (filter_by(name, value) for name, value in values if value is not None)
    return [chosen for chosen in found if chosen is not None]


def _joined(conditions: Sequence[Condition]) -> tuple[str, list[Any]]:
    """All conditions combined, with their values."""
    values = [value for condition in conditions for value in condition.values]
    where = " AND ".join(condition.sql for condition in conditions) or "1"
    return where, [_encodable(value) if isinstance(value, str) else value for value in values]


def _found(db: Index, query: SearchQuery) -> list[int]:
    """The IDs of all stories that a query finds, for a condition on the whole result."""
    whole = Chosen(db, query)
    if whole.impossible:
        return []
    rows = db.execute(f"SELECT a.id FROM {whole.source} WHERE {whole.where}", whole.values)  # noqa: S608 - constants
    return [row[0] for row in rows]


def _drawn(db: Index, query: SearchQuery) -> list[int]:
    """The stories with the smallest hashes of ID and seed, so that an added story replaces at most one."""
    found = _found(db, replace(query, sample=None))
    return heapq.nsmallest(query.sample or 0, found, key=lambda number: _lot(query.seed, number))


def _lot(seed: int, number: int) -> bytes:
    return hashlib.sha256(f"{seed} {number}".encode()).digest()


def whole_name(author: str) -> str | None:
    """The name in double quotes; None if it is a part of a name."""
    return author[1:-1] if len(author) > 2 and author[0] == author[-1] == '"' else None


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _name_matches(query: SearchQuery) -> list[str]:
    """Full-text conditions for names: they find the few candidates, and the exact comparison then has little to do."""
    pairs = ((query.author, "authors"), (query.tag, "tags"))
    found = (names_expression(column, name) for name, column in pairs if name is not None)
    return [expression for expression in found if expression]


def forms_of(db: Index, query: SearchQuery, tree: Node) -> Forms:
    """For `stem`: the other forms of the words asked for, in each language that the stories are in."""
    if not query.stem:
        return {}
    words = words_of(tree)
    if query.language is not None:
        return {"": found} if (found := _forms_in(db, query.language.lower(), words)) else {}
    known = [language for language in values_of(db, "language") if language in stemming.languages()]
    by_language = {language: _forms_in(db, language, words) for language in known}
    return {language: found for language, found in by_language.items() if found}


def _forms_in(db: Index, language: str, words: set[str]) -> dict[str, tuple[str, ...]]:
    """The forms of each word by its folded form, itself among them; none for a word that has no other."""
    found: dict[str, set[str]] = {}
    for word in words:
        stems = stemming.stems_of(word, language) if language in stemming.languages() else set()
        for stem in stems:
            rows = db.execute("SELECT word FROM word_forms WHERE language = ? AND stem = ?", (language, stem))
            found.setdefault(fold(word), {fold(word)}).update(row[0] for row in rows)
    return {word: tuple(sorted(forms)) for word, forms in found.items() if len(forms) > 1}
