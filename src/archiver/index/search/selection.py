"""Which stories a query means: the FROM and WHERE of a search, a count or an export."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from archiver.errors import UsageError
from archiver.index.schema import fulltext, fulltext_stems, stemming
from archiver.index.search.fts_query import StemTerms, folded, fts_expression, phrase
from archiver.index.search.present import values_of


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What to find. An empty text lists stories by date. A story without a date is outside every `since`/`until`.

    `author` is found anywhere in a name, and is the whole name when it stands in double quotes; `section` and `tag` are
    compared whole. All three without case and accents.
    """

    text: str = ""
    since: date | None = None  # first day
    until: date | None = None  # last day
    site: str | None = None
    language: str | None = None
    section: str | None = None
    author: str | None = None
    tag: str | None = None
    sort: Literal["relevance", "date"] = "relevance"
    limit: int | None = 20
    offset: int = 0
    stem: bool = False  # words in all their forms, by each story's language
    edited: bool = False  # only stories that were seen edited
    gone: bool = False  # only stories that are gone from their site
    ids: tuple[int, ...] | None = None  # only these


def add_functions(db: sqlite3.Connection) -> None:
    """The SQL functions that the conditions of a query call."""
    db.create_function("folded", 1, lambda text: None if text is None else folded(str(text)), deterministic=True)


class Chosen:
    """A query as SQL: `source`, `where` and their `values`. `impossible` when nothing can match.

    Made for finding numbers, ordering and counting: with words, `source` reads the index `articles_facets` and not the
    stories themselves, which would take ten times as long. Where nothing but words is asked for (`only_words`), the
    full-text table alone will do, which takes a tenth of that.
    """

    def __init__(self, db: sqlite3.Connection, query: SearchQuery) -> None:
        add_functions(db)
        self._conditions: list[str] = []
        self.values: list[Any] = []
        self.stems = StemTerms(_languages(db, query)) if query.stem else None
        expression = fts_expression(query.text, self.stems)
        self.impossible = expression == ""
        self.searches_text = bool(expression)
        self.table = "articles_stemmed" if query.stem else "articles_fts"
        weights = fulltext_stems.WEIGHTS if query.stem else fulltext.WEIGHTS
        self.score = f"-bm25({self.table}, {', '.join(map(str, weights))})" if expression else "0.0"
        self.source = "articles a"
        self.expression = ""  # of the full-text table, if that is asked
        self.in_headline = ""  # the same for stories that have the words in the headline
        self._match(expression or "", _name_matches(query))
        self._filter(query)
        self.only_words = bool(self.expression) and len(self._conditions) == 1
        self.where = " AND ".join(self._conditions) or "1"

    def _match(self, expression: str, names: list[str]) -> None:
        if expression and self.stems is not None:
            self._search(expression)
            self.in_headline = _in_headline(expression)
            if names:
                self._add("a.id IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?)", " AND ".join(names))
        elif expression or names:
            self.table = "articles_fts"
            self._search(" AND ".join([f"({expression})", *names] if expression else names))
            self.in_headline = " AND ".join([_in_headline(expression), *names]) if expression else ""

    def _search(self, expression: str) -> None:
        self.source = f"{self.table} JOIN articles a INDEXED BY articles_facets ON a.id = {self.table}.rowid"
        self.expression = expression
        self._add(f"{self.table} MATCH ?", expression)

    def _filter(self, query: SearchQuery) -> None:
        if query.since:
            self._add("a.date >= ?", query.since.isoformat())
        if query.until:
            self._add("a.date <= ?", query.until.isoformat())
        if query.site is not None:
            self._add("a.site = ?", query.site)
        if query.language is not None:
            self._add("a.language = ?", query.language.lower())
        if query.section is not None:
            self._add("folded(a.section) = ?", folded(query.section))
        if query.author is not None:
            whole = whole_name(query.author)
            matches = "folded(value) = ?" if whole else "instr(folded(value), ?)"
            named = f"EXISTS (SELECT 1 FROM json_each(a.authors) WHERE {matches})"  # noqa: S608 - constants
            self._add(named, folded(whole or query.author))
        if query.tag is not None:
            self._add("EXISTS (SELECT 1 FROM json_each(a.tags) WHERE folded(value) = ?)", folded(query.tag))
        if query.edited:
            self._conditions.append("a.versions > 1")
        if query.gone:
            self._conditions.append("a.status = 'gone'")
        if query.ids is not None:
            self._add("a.id IN (SELECT value FROM json_each(?))", json.dumps(query.ids))

    def values_for(self, expression: str) -> list[Any]:
        """The values of `where` when something else is asked of the full-text table."""
        return [_encodable(expression), *self.values[1:]]

    def _add(self, condition: str, value: str) -> None:
        self._conditions.append(condition)
        self.values.append(_encodable(value))


def whole_name(author: str) -> str | None:
    """The name that stands in double quotes; None where a part of one is looked for."""
    return author[1:-1] if len(author) > 2 and author[0] == author[-1] == '"' else None


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _in_headline(expression: str) -> str:
    """A story with the words in the headline is one that matches, but for words that must not occur anywhere."""
    there = f"title : ({expression})"
    return f"(({expression}) AND {there})" if " NOT " in expression else there


def day_of(text: str, option: str, *, last: bool = False) -> date:
    """A day as people write it; of a month or year the first, or the last. Raises UsageError, naming the option."""
    parts = text.split("-")
    try:
        numbers = [int(part) for part in parts]
        if len(numbers) == 3:
            return date(*numbers)
        year, month = (numbers[0], numbers[1]) if len(numbers) == 2 else (numbers[0], 12 if last else 1)
        if not last:
            return date(year, month, 1)
        return date.fromordinal(date(year + month // 12, month % 12 + 1, 1).toordinal() - 1)
    except (ValueError, TypeError, IndexError) as error:
        raise UsageError(f"{option} {text!r} is no date", "write it as 2024, 2024-05 or 2024-05-17") from error


def _name_matches(query: SearchQuery) -> list[str]:
    """Full-text conditions for names: they find the few candidates, and the exact comparison then has little to do."""
    pairs = ((query.author, "authors"), (query.tag, "tags"))
    phrases = ((phrase(name), column) for name, column in pairs if name is not None)
    return [f"{column} : {words}" for words, column in phrases if words]


def _languages(db: sqlite3.Connection, query: SearchQuery) -> tuple[str, ...]:
    """The languages that the words of a query may be in."""
    if query.language is not None:
        return (query.language.lower(),)
    return tuple(language for language in values_of(db, "language") if language in stemming.languages())
