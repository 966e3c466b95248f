"""An index copied without gaps, once it has grown a lot.

Rows are inserted in the order of hashes, so SQLite splits pages in the middle of its trees and leaves them about four
fifths full; VACUUM fills them. The copy takes the index's place by the same swap as after a rebuild, which readers and
crashes do not disturb.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from archiver.index.database import beside, swap_in
from archiver.index.schema import fulltext
from archiver.index.schema.connection import Index

_LEAST = 256  # stories: less is not worth a copy


def stories_in(db: Index) -> int:
    """How many stories there are; `merge_if_grown` compares with it at the end of a run."""
    return int(db.execute("SELECT count(*) FROM articles").fetchone()[0])


def merge_if_grown(db: Index, before: int, added: int) -> bool:
    """Merge the pieces of the full-text table if a run added half as many stories as there were `before`. Returns
    whether it did: the index is then compacted when it is closed.

    So each row is merged and copied a few times at most, however large the index becomes.
    """
    grown = added >= max(_LEAST, before / 2)
    if grown:
        db.execute(fulltext.MERGE_ALL)
    return grown


def compact(index: Path) -> None:
    """Replace a closed index by a copy without gaps. The caller holds its lock."""
    copy = compacted(index)
    if copy != index:
        swap_in(index, copy)


def copy_of(index: Path) -> Path:
    """Where the copy is made. A killed run may leave it there."""
    return beside(index, ".compact")


def compacted(index: Path) -> Path:
    """A copy of a closed index without gaps, next to it; the index itself if there is no room for a copy, or if it is
    damaged, which the next reader reports."""
    copy = copy_of(index)
    copy.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(index, isolation_level=None)) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
    except sqlite3.Error:
        copy.unlink(missing_ok=True)
        return index
    return copy
