"""Opens SQLite files read-only: next to a writer, without write permission, and on a read-only disk. Also reads the
schema of a file that is opened for writing, which may be damaged."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from urllib.parse import quote


def connect_to_read(path: Path, *, timeout: float) -> sqlite3.Connection:
    """A read-only connection in autocommit mode. `timeout` is how many seconds it waits for a writer. Raises
    sqlite3.Error if the file can't be read or is not a database.
    """
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=timeout)
    try:
        read_schema(connection)
    except sqlite3.OperationalError:
        connection.close()
        if not os.access(path, os.R_OK) or (os.access(path.parent, os.W_OK) and os.access(path, os.W_OK)):
            raise
        # SQLite can't create the shared memory file for WAL here, and nobody can write to the file.
        return sqlite3.connect(f"{uri}&immutable=1", uri=True, isolation_level=None)
    except BaseException:
        connection.close()
        raise
    return connection


def read_schema(connection: sqlite3.Connection) -> None:
    """Make SQLite read the schema of a database that was just opened, for reading or writing.

    Raises sqlite3.Error if it can't, also where SQLite's message contains the damaged bytes of the schema: Python would
    raise UnicodeDecodeError for these.
    """
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except UnicodeDecodeError as error:
        damage = sqlite3.DatabaseError("malformed database schema")
        damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damage from error
