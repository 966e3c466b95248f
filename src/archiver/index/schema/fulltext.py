"""The full-text table over `articles`, and the triggers that keep it in step.

Its words are those of `archiver.tokens`, for every script, so the triggers call a function of the program: only the
program writes the index; any SQLite reads it. It keeps no text (external content): a row is taken out by making its
words again, which must come out as they went in. The table `stemmer` names the rules that made them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from archiver.index.schema.connection import Index
from archiver.tokens import TOKENIZER, folded_words, searchable

COLUMNS = ("title", "text", "description", "authors", "tags", "language")

# How much a match in each column counts: one in a headline says more than one in a long text. The lists of names and
# tags are short, so that bm25 favours them by itself. The language only restricts the forms that `--stem` adds.
WEIGHTS = (10.0, 1.0, 3.0, 4.0, 4.0, 0.0)

_NAMES = ", ".join(COLUMNS)
_CHANGED = " OR ".join(f"old.{name} IS NOT new.{name}" for name in COLUMNS)


def language_word(code: str) -> str:
    """What stands in the column `language` for a code: no word of a text, so that `no` finds no Norwegian story."""
    return f"xlang{code}"


def _values(row: str) -> str:
    texts = [f"searchable({row}.{name})" for name in COLUMNS[:-1]]
    return ", ".join([*texts, f"'{language_word('')}' || {row}.language"])


_REMOVE = f"INSERT INTO articles_fts(articles_fts, rowid, {_NAMES}) VALUES ('delete', old.id, {_values('old')});"  # noqa: S608 - constants
_ADD = f"INSERT INTO articles_fts(rowid, {_NAMES}) VALUES (new.id, {_values('new')});"  # noqa: S608 - constants
FILL = f"INSERT INTO articles_fts(rowid, {_NAMES}) SELECT a.id, {_values('a')} FROM articles a ORDER BY a.id"  # noqa: S608 - constants

# Datasette finds the full-text table of a table by content="..." in double quotes. The triggers rely on upserts:
# INSERT OR REPLACE doesn't fire the delete trigger and would leave the old words in the full-text table for good.
STATEMENTS = (
    f'CREATE VIRTUAL TABLE articles_fts USING fts5({_NAMES}, content="articles", content_rowid="id", '
    f'tokenize="{TOKENIZER}")',
    f"CREATE TRIGGER articles_fts_insert AFTER INSERT ON articles BEGIN {_ADD} END",
    f"CREATE TRIGGER articles_fts_delete AFTER DELETE ON articles BEGIN {_REMOVE} END",
    f"CREATE TRIGGER articles_fts_update AFTER UPDATE ON articles WHEN {_CHANGED} BEGIN {_REMOVE} {_ADD} END",
)

# How many pieces of one size FTS5 merges into a bigger one, where its own default is 4: each word of a growing archive
# is written again at each level, and with 8 there are two thirds as many levels. Measured in benchmarks/growth.py.
AUTOMERGE = 8

# One piece out of all, on a level above all.
MERGE_ALL = "INSERT INTO articles_fts(articles_fts) VALUES ('optimize')"

# What FTS5 finds in its own table that PRAGMA quick_check doesn't: raises sqlite3.DatabaseError.
INTEGRITY_CHECK = "INSERT INTO articles_fts(articles_fts) VALUES ('integrity-check')"

DOC = (
    "Full-text search over `articles` (FTS5): words without case and accents. For the same ranking as "
    "`archiver search` (up to 20,000 matches) use "
    f"`ORDER BY bm25(articles_fts, {', '.join(map(str, WEIGHTS))})`. Words of scripts without spaces are phrases of "
    "characters: search for 東京 as `'\"東 京\"'`. Letters such as ß, ł and ø are folded, too: search for `strasse`, "
    "`lodz`. docs/search.md has the rules. The column `language` is internal."
)


def prepare(connection: sqlite3.Connection) -> None:
    """Give a writer's connection the function that the triggers call."""
    connection.create_function("searchable", 1, searchable, deterministic=True)


def set_merging(db: Index) -> None:
    """Have FTS5 merge as `AUTOMERGE` says, in an index that does otherwise; it remembers."""
    if db.execute("SELECT v FROM articles_fts_config WHERE k = 'automerge'").fetchone() != (AUTOMERGE,):
        db.execute("INSERT INTO articles_fts(articles_fts, rank) VALUES ('automerge', ?)", (AUTOMERGE,))


def differing(db: Index) -> Iterator[int]:
    """The stories whose words in the full-text table are not as many as their texts have; FTS5's own check compares
    only with texts that it has itself cut into words."""
    names = ", ".join(f"a.{name}" for name in COLUMNS)
    gone = "SELECT id FROM articles_fts_docsize WHERE id NOT IN (SELECT id FROM articles)"
    yield from (row[0] for row in db.execute(gone))
    sizes = f"SELECT a.id, d.sz, {names} FROM articles a LEFT JOIN articles_fts_docsize d ON d.id = a.id"  # noqa: S608
    for story_id, size, *texts, language in db.execute(sizes):
        numbers = [len(folded_words(text)) if text else 0 for text in texts] + [1 if language else 0]
        if size is None or _numbers(size) != numbers:
            yield story_id


def _numbers(size: bytes) -> list[int]:
    """FTS5's variable-length integers: seven bits a byte, the highest first."""
    found, value = [], 0
    for byte in size:
        value = (value << 7) | (byte & 0x7F)
        if byte < 0x80:
            found.append(value)
            value = 0
    return found
