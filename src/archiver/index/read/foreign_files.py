"""Archive files of other programs from which an index was made. They stay in place, outside the archive."""

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
    if not index.is_file() or not index.stat().st_size:
        return []
    try:
        with closing(connect_to_read(index, timeout=20)) as db:
            names = [row[0] for row in db.execute("SELECT name FROM warcs WHERE name LIKE '/%' ORDER BY name")]
    except sqlite3.Error:
        return []
    return [name for name in names if split(path_of(name)) is None]  # the package itself has a row
