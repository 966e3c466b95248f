"""An index without gaps, once it has grown a lot.

Rows are inserted in the order of hashes, so SQLite splits pages in the middle of its trees and leaves them about four
fifths full; VACUUM fills them. In an index that is in use it does so in place, so that programs that have it open see
what comes later; a rebuild copies its new file.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from archiver.index.database import sibling_path
from archiver.index.schema import fulltext
from archiver.index.schema.connection import Index
from archiver.index.schema.likeness import move_marks
from archiver.transactions import transaction

_LEAST = 256  # stories: fewer are not worth it


def stories_in(db: Index) -> int:
    """How many stories there are; `compact_if_grown` compares with it at the end of a run."""
    return int(db.execute("SELECT count(*) FROM articles").fetchone()[0])


def compact_if_grown(db: Index, before: int, added: int) -> None:
    """Compact an index, and merge the pieces of its full-text table, if a run added half as many stories as there were
    `before`: so each row is written again a few times at most, however large the index becomes. Readers are not
    disturbed. If there is no room for it, the index stays as it is."""
    if added >= max(_LEAST, before / 2):
        with contextlib.suppress(sqlite3.OperationalError):
            with transaction(db.conn):
                move_marks(db, few=True)
            db.execute(fulltext.MERGE_ALL)
            db.execute("VACUUM")


def compacted(index: Path) -> Path:
    """A copy of a closed index without gaps, next to it; the index itself if there is no room for a copy, or if it is
    damaged, which the next reader reports."""
    copy = sibling_path(index, ".compact")
    copy.unlink(missing_ok=True)
    try:
        with contextlib.closing(sqlite3.connect(index, isolation_level=None)) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
    except sqlite3.Error:
        copy.unlink(missing_ok=True)
        return index
    return copy
