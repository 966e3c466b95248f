"""The full-text table over `articles`, and the triggers that update it.

`archiver.tokens` splits texts of every script into words, so the triggers call a function of the program: only the
program can write the index, while any SQLite can read it. The table stores no text (external content): to delete a row
its words are generated again and must be the same as when it was inserted. The table `stemmer` names the rules that
generated them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from archiver.index.schema.connection import Index
from archiver.tokens import TOKENIZER, folded_words, searchable

COLUMNS = ("title", "text", "description", "authors", "tags", "language")

# The weight of a match in each column: a match in a headline is more significant than one in a long text. The lists of
# names and tags are short, so bm25 favours them by itself. The language column has no text: its words restrict a
# search to a site or a language.
WEIGHTS = (10.0, 1.0, 3.0, 4.0, 4.0, 0.0)

_NAMES = ", ".join(COLUMNS)
_CHANGED = " OR ".join(f"old.{name} IS NOT new.{name}" for name in (*COLUMNS, "site"))


def language_term(code: str) -> str:
    """The value of the column `language` for a code. It is not a word of any text, so that `no` finds no Norwegian
    story."""
    return f"xlang{code}"


def site_term(site: str) -> str:
    """The value of the column `language` for a site: its name in hexadecimal, so that it is one word."""
    return f"xsite{site.encode('utf-8', 'surrogatepass').hex()}"


def _values(row: str) -> str:
    texts = [f"searchable({row}.{name})" for name in COLUMNS[:-1]]
    site, language = f"'{site_term('')}' || hex({row}.site)", f"'{language_term('')}' || {row}.language"
    return ", ".join([*texts, f"{site} || coalesce(' ' || {language}, '')"])


_REMOVE = f"INSERT INTO articles_fts(articles_fts, rowid, {_NAMES}) VALUES ('delete', old.id, {_values('old')});"  # noqa: S608 - constants
_ADD = f"INSERT INTO articles_fts(rowid, {_NAMES}) VALUES (new.id, {_values('new')});"  # noqa: S608 - constants
FILL = f"INSERT INTO articles_fts(rowid, {_NAMES}) SELECT a.id, {_values('a')} FROM articles a ORDER BY a.id"  # noqa: S608 - constants

# Datasette finds a table's full-text table by content="..." in double quotes. The triggers rely on upserts:
# INSERT OR REPLACE does not fire the delete trigger and would leave the old words in the full-text table forever.
STATEMENTS = (
    f'CREATE VIRTUAL TABLE articles_fts USING fts5({_NAMES}, content="articles", content_rowid="id", '
    f'tokenize="{TOKENIZER}")',
    f"CREATE TRIGGER articles_fts_insert AFTER INSERT ON articles BEGIN {_ADD} END",
    f"CREATE TRIGGER articles_fts_delete AFTER DELETE ON articles BEGIN {_REMOVE} END",
    f"CREATE TRIGGER articles_fts_update AFTER UPDATE ON articles WHEN {_CHANGED} BEGIN {_REMOVE} {_ADD} END",
)

# How many segments of one level FTS5 merges into a larger one (default: 4). Each word of a growing archive is written
# again at each level, and with 8 there are two thirds as many levels. Measured in benchmarks/growth.py.
AUTOMERGE = 8

# Merges everything into one segment, on a level above all others.
MERGE_ALL = "INSERT INTO articles_fts(articles_fts) VALUES ('optimize')"

# FTS5's check of its own table, which PRAGMA quick_check does not include: raises sqlite3.DatabaseError.
INTEGRITY_CHECK = "INSERT INTO articles_fts(articles_fts) VALUES ('integrity-check')"

DOC = (
    "Full-text search over `articles` (FTS5): words without case and accents. For the same ranking as "
    "`archiver search` (up to 20,000 matches) use "
    f"`ORDER BY bm25(articles_fts, {', '.join(map(str, WEIGHTS))})`. Words of scripts without spaces are phrases of "
    "characters: search for 東京 as `'\"東 京\"'`. Letters such as ß, ł and ø are folded, too: search for `strasse`, "
    "`lodz`. docs/search.md has the rules. The column `language` is internal: words for a story's "
    "site and language."
)


def prepare(connection: sqlite3.Connection) -> None:
    """Register the function that the triggers call with a writer's connection."""
    connection.create_function("searchable", 1, searchable, deterministic=True)


def set_merging(db: Index) -> None:
    """Set FTS5's option to `AUTOMERGE` in an index with another value; the index stores it."""
    if db.execute("SELECT v FROM articles_fts_config WHERE k = 'automerge'").fetchone() != (AUTOMERGE,):
        db.execute("INSERT INTO articles_fts(articles_fts, rank) VALUES ('automerge', ?)", (AUTOMERGE,))


def differing(db: Index) -> Iterator[int]:
    """The stories whose number of words in the full-text table differs from their texts; FTS5's own check only compares
    texts that FTS5 itself has tokenised."""
    names = ", ".join(f"a.{name}" for name in COLUMNS)
    gone = "SELECT id FROM articles_fts_docsize WHERE id NOT IN (SELECT id FROM articles)"
    yield from (row[0] for row in db.execute(gone))
    sizes = f"SELECT a.id, d.sz, {names} FROM articles a LEFT JOIN articles_fts_docsize d ON d.id = a.id"  # noqa: S608
    for story_id, size, *texts, language in db.execute(sizes):
        numbers = [len(folded_words(text)) if text else 0 for text in texts]
        numbers.append(1 if language is None else 2)
        if size is None or _numbers(size) != numbers:
            yield story_id


def _numbers(size: bytes) -> list[int]:
    """FTS5's variable-length integers: seven bits per byte, the highest first."""
    found, value = [], 0
    for byte in size:
        value = (value << 7) | (byte & 0x7F)
        if byte < 0x80:
            found.append(value)
            value = 0
    return found
