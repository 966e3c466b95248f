"""The words of the stories by stem (Snowball) and language: `--stem` uses them to search for all forms of a word.

`word_forms` contains each word of each language once, so it grows with the vocabulary, not with the number of stories.
A word that is in no story any more may stay until the index is rebuilt; it has no effect.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from functools import partial
from typing import Any

from archiver.index.schema import fulltext, fulltext_fill, stemming
from archiver.index.schema.connection import Index
from archiver.index.schema.declare import Column, Table
from archiver.transactions import transaction

WORD_FORMS = Table(
    "word_forms",
    "The words of the stories with their stems, for `archiver search --stem`.",
    (
        Column("language", "TEXT NOT NULL", "ISO 639-1 code, as in `articles.language`."),
        Column("stem", "TEXT NOT NULL", "Snowball stem, folded."),
        Column("word", "TEXT NOT NULL", "A word as in `articles_fts`."),
    ),
    key=("language", "stem", "word"),
    constraints=("PRIMARY KEY (language, stem, word)",),
    without_rowid=True,
    internal=True,
)

_ENTER = "INSERT INTO word_forms (language, stem, word)"
_ONCE = "ON CONFLICT DO NOTHING"  # (OR IGNORE would not hold inside a trigger of an upsert)
_FROM_STORY = (
    f"{_ENTER} SELECT new.language, json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]') "  # noqa: S608 - constants
    f"FROM json_each(stems(new.language, new.title, new.text, new.description)) j WHERE 1 {_ONCE};"
)
_SOURCE = ("title", "text", "description", "language")
_CHANGED = " OR ".join(f"old.{name} IS NOT new.{name}" for name in _SOURCE)
_MOST_REMEMBERED = 1 << 18  # words
_PART = 1000  # stories per pass

STATEMENTS = (
    *WORD_FORMS.sql(),
    f"CREATE TRIGGER word_forms_insert AFTER INSERT ON articles BEGIN {_FROM_STORY} END",
    f"CREATE TRIGGER word_forms_update AFTER UPDATE ON articles WHEN {_CHANGED} BEGIN {_FROM_STORY} END",
)


def prepare(connection: sqlite3.Connection) -> None:
    """Register the functions that the triggers call with a writer's connection."""
    fulltext.prepare(connection)
    entered = connection.entered if isinstance(connection, Writing) else None
    if entered is not None:
        entered.clear()
    connection.create_function("stems", 4, partial(_stems, entered))


class Writing(sqlite3.Connection):
    """A writer's connection that caches the words it has entered in `word_forms`: most words of a story are in earlier
    ones, and need not be stemmed and looked up again. A rollback clears the cache."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.entered: dict[str, set[str]] = {}

    def rollback(self) -> None:
        self.entered.clear()
        super().rollback()


def _stems(entered: dict[str, set[str]] | None, language: str | None, *texts: str | None) -> str:
    """The pairs of stem and word of a story that may not be in `word_forms` yet, as JSON."""
    words = stemming.words_to_stem(language, texts)
    if entered is not None and language is not None:
        known = entered.setdefault(language, set())
        words -= known
        if sum(map(len, entered.values())) > _MOST_REMEMBERED:
            entered.clear()
        known |= words
    return json.dumps(sorted(stemming.stems(language, words)), ensure_ascii=False)


def refresh(db: Index) -> None:
    """Fill the full-text table and the stems again if other rules made them; usually nothing has to be done."""
    if _is_current(db):
        return
    with transaction(db.conn):
        if not _is_current(db):  # another process may have done it meanwhile
            prepare(db.conn)
            fulltext_fill.fill(db)
            fill(db)


def fill(db: Index) -> None:
    """Enter the words of all stories, inside the caller's transaction."""
    db.execute("DELETE FROM word_forms")
    if isinstance(db.conn, Writing):
        db.conn.entered.clear()
    rows = db.execute("SELECT language, title, text, description FROM articles")
    known: dict[str | None, set[str]] = {}
    while part := rows.fetchmany(_PART):
        _enter(db, part, known)
    db.execute("DELETE FROM stemmer")
    db.execute("INSERT INTO stemmer (version) VALUES (?)", [stemming.version()])


def _enter(db: Index, stories: Iterable[tuple[str | None, ...]], known: dict[str | None, set[str]]) -> None:
    """Enter the words of some stories, except those `known` to be there: most words of a story are in earlier ones."""
    words: dict[str | None, set[str]] = {}
    for language, *texts in stories:
        words.setdefault(language, set()).update(stemming.words_to_stem(language, texts))
    if sum(map(len, known.values())) > _MOST_REMEMBERED:
        known.clear()
    found: set[tuple[str | None, str, str]] = set()
    for language, written in words.items():
        there = known.setdefault(language, set())
        found |= {(language, *pair) for pair in stemming.stems(language, written - there)}
        there |= written
    db.executemany(f"{_ENTER} VALUES (?, ?, ?) {_ONCE}", sorted(found))


def _is_current(db: Index) -> bool:
    row = db.execute("SELECT version FROM stemmer").fetchone()
    return row is not None and row[0] == stemming.version()
