"""The files from which an index was made. Those of other programs stay in place, outside the archive."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from archiver.readonly import connect_to_read
from archiver.warc import path_of
from archiver.warc.wacz import split


def foreign_names(index: Path) -> list[str]:
    """The files outside the archive from which an index was made; also reads an index of an older version.

    Empty if the index can't be read.
    """
    # A package itself has a row.
    return [name for name in indexed_names(index) if name.startswith("/") and split(path_of(name)) is None]


def indexed_names(index: Path) -> list[str]:
    """All files from which an index was made, as in its table `warcs`. Empty if the index can't be read."""
    if not index.is_file() or not index.stat().st_size:
        return []
    try:
        with closing(connect_to_read(index, timeout=20)) as db:
            return [row[0] for row in db.execute("SELECT name FROM warcs ORDER BY name")]
    except sqlite3.Error:
        return []


def records_in(index: Path, name: str) -> list[int | str]:
    """The captures, by ID, and the withheld records, by record ID, that an index reads from a file outside the archive,
    or from a package. Of an index that can't be read, the name, which is no record.
    """
    inside = "warc_file = :name OR substr(warc_file, 1, length(:name) + 1) = :name || '#'"
    try:
        with closing(connect_to_read(index, timeout=20)) as db:
            return [
                row[0]
                for select in ("SELECT id FROM captures", "SELECT warc_record_id FROM withheld")
                for row in db.execute(f"{select} WHERE {inside}", {"name": name})
            ]
    except sqlite3.Error:
        return [name]
