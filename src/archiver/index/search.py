"""Finding stories: full text, filters, snippets and counts."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlite_utils import Database

from archiver.index import fulltext
from archiver.index.query import folded, fts_expression, phrase
from archiver.model import Hit

Grouping = Literal["month", "year", "site", "section", "language", "author", "tag"]

_SNIPPET_WORDS = 32
_RANK = f"bm25(articles_fts, {', '.join(map(str, fulltext.WEIGHTS))})"
# (-1 would let FTS5 choose the column: it likes short ones, and shows the title twice.)
_SNIPPET = f"snippet(articles_fts, 1, char(57344), char(57345), '…', {_SNIPPET_WORDS})"
_GROUPS: dict[str, tuple[str, str]] = {  # grouping -> (expression, what to join)
    "month": ("a.month", ""),
    "year": ("a.year", ""),
    "site": ("a.site", ""),
    "section": ("a.section", ""),
    "language": ("a.language", ""),
    "author": ("j.value", "LEFT JOIN json_each(a.authors) j"),
    "tag": ("j.value", "LEFT JOIN json_each(a.tags) j"),
}


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What to find. An empty text lists stories by date. A story without a date is outside every `since`/`until`.

    `author` is found anywhere in a name; `section` and `tag` are compared whole. All three without case and accents.
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


def search(db: Database, query: SearchQuery) -> list[Hit]:
    """The stories that match, best first (or newest first): stable order by score, date and id."""
    return list(iter_search(db, query))


def iter_search(db: Database, query: SearchQuery) -> Iterator[Hit]:
    """As `search`, one by one as they are asked for."""
    chosen = _Chosen(db.conn, query)
    if chosen.impossible:
        return
    by_score = chosen.ranked and query.sort == "relevance"
    score = f"-{_RANK}" if chosen.ranked else "0.0"
    snippet = _SNIPPET if chosen.searches_text else "coalesce(nullif(a.description, ''), substr(a.text, 1, 240))"
    order = "score DESC, a.date DESC, a.id" if by_score else "a.date DESC, a.id"
    sql = (
        f"SELECT a.id, a.url, a.title, a.site, a.section, a.language, a.authors, a.date, {snippet}, {score} AS score"  # noqa: S608 - constants
        f" FROM {chosen.source} WHERE {chosen.where} ORDER BY {order} LIMIT ? OFFSET ?"
    )
    limit = -1 if query.limit is None else max(0, query.limit)
    for row in db.conn.execute(sql, (*chosen.values, limit, max(0, query.offset))):
        story_id, url, title, site, section, language, authors, day, words, points = row
        yield Hit(
            id=story_id,
            url=url,
            title=title,
            site=site,
            section=section,
            language=language,
            authors=tuple(json.loads(authors)),
            date=day,
            snippet=words or "",
            score=points,
        )


def count(db: Database, query: SearchQuery) -> int:
    """How many stories match, whatever the limit."""
    chosen = _Chosen(db.conn, query)
    if chosen.impossible:
        return 0
    sql = f"SELECT count(*) FROM {chosen.source} WHERE {chosen.where}"  # noqa: S608 - constants
    return int(db.conn.execute(sql, chosen.values).fetchone()[0])


def count_by(db: Database, query: SearchQuery, grouping: Grouping) -> list[tuple[str | None, int]]:
    """How many stories match for each month, site, ...; None stands for those without one.

    Months and years in their order, the others by count. A story with two authors counts for both.
    """
    chosen = _Chosen(db.conn, query)
    if chosen.impossible:
        return []
    expression, join = _GROUPS[grouping]
    order = "1" if grouping in ("month", "year") else "2 DESC, 1"
    sql = (
        f"SELECT {expression}, count(DISTINCT a.id) FROM {chosen.source} {join} WHERE {chosen.where}"  # noqa: S608 - constants
        f" GROUP BY 1 ORDER BY {order}"
    )
    return [(None if key is None else str(key), number) for key, number in db.conn.execute(sql, chosen.values)]


class _Chosen:
    """The FROM and WHERE of a query, with their values."""

    def __init__(self, db: sqlite3.Connection, query: SearchQuery) -> None:
        db.create_function("folded", 1, lambda text: None if text is None else folded(str(text)), deterministic=True)
        self._conditions: list[str] = []
        self.values: list[Any] = []
        expression = fts_expression(query.text)
        self.impossible = expression == ""
        self.searches_text = bool(expression)
        self.ranked = self.searches_text
        matches = [f"({expression})"] if expression else []
        for name, column in ((query.author, "authors"), (query.tag, "tags")):
            # The full-text table finds the few candidates; the exact comparison below then has little to do.
            words = phrase(name) if name is not None else None
            if words:
                matches.append(f"{column} : {words}")
        self.source = "articles a"
        if matches:
            self.source = "articles_fts JOIN articles a ON a.id = articles_fts.rowid"
            self._add("articles_fts MATCH ?", " AND ".join(matches))
        self._filter(query)
        self.where = " AND ".join(self._conditions) or "1"

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
            self._add("EXISTS (SELECT 1 FROM json_each(a.authors) WHERE instr(folded(value), ?))", folded(query.author))
        if query.tag is not None:
            self._add("EXISTS (SELECT 1 FROM json_each(a.tags) WHERE folded(value) = ?)", folded(query.tag))

    def _add(self, condition: str, value: str) -> None:
        self._conditions.append(condition)
        self.values.append(value.encode("utf-8", "replace").decode("utf-8"))
