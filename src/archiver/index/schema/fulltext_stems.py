"""The second full-text table, of stems, and what keeps it in step with `articles`.

It keeps no copy of the text, so a row is taken out by making its stems again: they must come out as they went in. The
table `stemmer` says which rules made them; a writer with other rules makes the table anew.
"""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database

from archiver.index.schema import stemming

COLUMNS = ("title", "text", "description", "names", "plain")
WEIGHTS = (10.0, 1.0, 3.0, 4.0, 1.0)

_NAMES = ", ".join(COLUMNS)


def _values(row: str) -> str:
    names = f"{row}.authors || ' ' || {row}.tags"
    everything = f"{row}.title || ' ' || {row}.text || ' ' || coalesce({row}.description, '')"
    parts = [f"stems({row}.{name}, {row}.language)" for name in ("title", "text", "description")]
    return ", ".join([*parts, f"stems({names}, NULL)", f"plain_stems({everything}, {row}.language)"])


_SOURCE = ("title", "text", "description", "authors", "tags", "language")
_CHANGED = " OR ".join(f"old.{name} IS NOT new.{name}" for name in _SOURCE)
_REMOVE = (
    f"INSERT INTO articles_stemmed(articles_stemmed, rowid, {_NAMES}) VALUES ('delete', old.id, {_values('old')});"  # noqa: S608 - constants
)
_ADD = f"INSERT INTO articles_stemmed(rowid, {_NAMES}) VALUES (new.id, {_values('new')});"  # noqa: S608 - constants
FILL = f"INSERT INTO articles_stemmed(rowid, {_NAMES}) SELECT a.id, {_values('a')} FROM articles a ORDER BY a.id"  # noqa: S608 - constants

STATEMENTS = (
    f"CREATE VIRTUAL TABLE articles_stemmed USING fts5({_NAMES}, content='', "
    'tokenize="unicode61 remove_diacritics 0")',
    f"CREATE TRIGGER articles_stemmed_insert AFTER INSERT ON articles BEGIN {_ADD} END",
    f"CREATE TRIGGER articles_stemmed_delete AFTER DELETE ON articles BEGIN {_REMOVE} END",
    f"CREATE TRIGGER articles_stemmed_update AFTER UPDATE ON articles WHEN {_CHANGED} BEGIN {_REMOVE} {_ADD} END",
)

INTEGRITY_CHECK = "INSERT INTO articles_stemmed(articles_stemmed) VALUES ('integrity-check')"

DOC = (
    "Full-text search over the stems of `articles` by each story's language (FTS5, contentless): what `archiver search "
    "--stem` uses. Accents are left out, ñ is kept. Stems are made by the program, so ask it rather than this table."
)
MEANINGS = {
    "title": "Stems of the headline.",
    "text": "Stems of the text.",
    "description": "Stems of the summary.",
    "names": "Authors and tags, not stemmed.",
    "plain": "Stems of words written without their accents, where those are others.",
}


def prepare(connection: sqlite3.Connection) -> None:
    """Give a writer's connection the functions that the triggers call."""
    connection.create_function("stems", 2, stemming.stems, deterministic=True)
    connection.create_function("plain_stems", 2, stemming.plain_stems, deterministic=True)


def refresh(db: Database) -> None:
    """Make the table anew where other rules made it; nothing in most cases."""
    if _is_current(db):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        if not _is_current(db):  # another process may just have done it
            fill(db)
        db.execute("COMMIT")
    except BaseException:
        db.conn.rollback()
        raise


def fill(db: Database) -> None:
    """Put all stories in, inside the caller's transaction."""
    prepare(db.conn)
    db.execute("INSERT INTO articles_stemmed(articles_stemmed) VALUES ('delete-all')")
    db.execute(FILL)
    db.execute("DELETE FROM stemmer")
    db.execute("INSERT INTO stemmer (version) VALUES (?)", [stemming.version()])


def _is_current(db: Database) -> bool:
    row = db.execute("SELECT version FROM stemmer").fetchone()
    return row is not None and row[0] == stemming.version()
