"""Transactions of SQLite, for connections in autocommit mode."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All that the block writes, or nothing of it if it raises.

    The right to write is taken at the start (BEGIN IMMEDIATE). A transaction that first reads and then writes could
    not wait for another writer: SQLite refuses it at once, since what it has read is outdated.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """All that the block reads is of one moment, whatever others write meanwhile; what it writes itself is undone."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.rollback()
