"""A plugin for sqlite-utils: makes the archive's SQL functions available in `sqlite-utils query archive/index.db`.

Other databases are not affected, and only for an index the modules of the functions are imported.
"""

from __future__ import annotations

import sqlite3

from sqlite_utils import hookimpl

from archiver.index.schema.declare import APPLICATION_ID


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Add the functions if the connection's file is an index."""
    try:
        application = conn.execute("PRAGMA application_id").fetchone()[0]
    except sqlite3.Error:
        return  # sqlite-utils itself reports what is wrong with the file
    if application == APPLICATION_ID:
        from archiver.index.search.sql_functions import add_sql_functions  # noqa: PLC0415

        add_sql_functions(conn)
