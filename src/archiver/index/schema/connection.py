"""The one type of connection to an index that the code passes around."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlite_utils import Database

Parameters = Sequence[Any] | Mapping[str, Any]


class Index(Database):
    """An open index: a Database of sqlite-utils, over a connection in autocommit mode.

    So sqlite-utils' tables, queries and schema descriptions are available. Statements go directly to SQLite, because
    what sqlite-utils adds to each (committing what the driver began implicitly) has no effect in autocommit mode, and a
    story takes hundreds of statements. Transactions are those of `archiver.transactions`.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection, execute_plugins=False)

    def execute(self, sql: str, parameters: Parameters | None = None) -> sqlite3.Cursor:
        """One statement."""
        return self.conn.execute(sql) if parameters is None else self.conn.execute(sql, parameters)

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> sqlite3.Cursor:
        """One statement for each row of parameters."""
        return self.conn.executemany(sql, rows)


@contextmanager
def in_memory_statements(db: Index) -> Iterator[None]:
    """Within the block, SQLite keeps in memory what it needs to undo a single statement. Otherwise a statement that
    changes more than 16 pages, as each new story does, writes its pages to a temporary file first: 64 per story. Not
    for VACUUM and for sorting whole tables, which would then need as much memory.
    """
    db.execute("PRAGMA temp_store = MEMORY")
    try:
        yield
    finally:
        db.execute("PRAGMA temp_store = DEFAULT")
