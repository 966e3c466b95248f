"""The full-text table over `articles`, and the triggers that keep it in step."""

from __future__ import annotations

COLUMNS = ("title", "text", "description", "authors", "tags")

# How much a match in each column counts: one in a headline says more than one in a long text. The lists of names and
# tags are short, so that bm25 favours them by itself.
WEIGHTS = (10.0, 1.0, 3.0, 4.0, 4.0)

_NAMES = ", ".join(COLUMNS)
_OLD = ", ".join(f"old.{name}" for name in COLUMNS)
_NEW = ", ".join(f"new.{name}" for name in COLUMNS)
_CHANGED = " OR ".join(f"old.{name} IS NOT new.{name}" for name in COLUMNS)
_REMOVE = f"INSERT INTO articles_fts(articles_fts, rowid, {_NAMES}) VALUES ('delete', old.id, {_OLD});"  # noqa: S608 - constants
_ADD = f"INSERT INTO articles_fts(rowid, {_NAMES}) VALUES (new.id, {_NEW});"  # noqa: S608 - constants
FILL = f"INSERT INTO articles_fts(rowid, {_NAMES}) SELECT id, {_NAMES} FROM articles ORDER BY id"  # noqa: S608 - constants

# Datasette finds the full-text table of a table by content="..." in double quotes. The triggers rely on upserts:
# INSERT OR REPLACE doesn't fire the delete trigger and would leave the old words in the full-text table for good.
STATEMENTS = (
    f'CREATE VIRTUAL TABLE articles_fts USING fts5({_NAMES}, content="articles", content_rowid="id", '
    'tokenize="unicode61 remove_diacritics 2")',
    f"CREATE TRIGGER articles_fts_insert AFTER INSERT ON articles BEGIN {_ADD} END",
    f"CREATE TRIGGER articles_fts_delete AFTER DELETE ON articles BEGIN {_REMOVE} END",
    f"CREATE TRIGGER articles_fts_update AFTER UPDATE ON articles WHEN {_CHANGED} BEGIN {_REMOVE} {_ADD} END",
)

# What FTS5 finds in its own table that PRAGMA quick_check doesn't: raises sqlite3.DatabaseError. The 1 has it compare
# the full-text table with the rows of `articles` too.
INTEGRITY_CHECK = "INSERT INTO articles_fts(articles_fts, rank) VALUES ('integrity-check', 1)"

DOC = (
    "Full-text search over `articles` (FTS5): words without case and accents. It ranks as `archiver search` does, up "
    f"to 20,000 matches, with `ORDER BY bm25(articles_fts, {', '.join(map(str, WEIGHTS))})`."
)
