"""SQLite files opened only to read: beside a writer, by somebody who may not write, and on a read-only disk."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from urllib.parse import quote


def connect_to_read(path: Path, *, timeout: float) -> sqlite3.Connection:
    """A connection in autocommit mode that can't write. `timeout` is how many seconds it waits for a writer.

    Raises sqlite3.Error where the file can't be read or is no database.
    """
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=timeout)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        if not os.access(path, os.R_OK) or (os.access(path.parent, os.W_OK) and os.access(path, os.W_OK)):
            raise
        # SQLite can't make the shared memory that WAL needs, nor can anyone write there.
        return sqlite3.connect(f"{uri}&immutable=1", uri=True, isolation_level=None)
    except UnicodeDecodeError as error:
        # SQLite names what is spoilt in its schema by the spoilt bytes themselves.
        connection.close()
        damage = sqlite3.DatabaseError("malformed database schema")
        damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damage from error
    except BaseException:
        connection.close()
        raise
    return connection
