"""Transactions of SQLite, for connections in autocommit mode."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commits everything that the block writes, or nothing if it raises.

    The write lock is taken at the start (BEGIN IMMEDIATE). A transaction that first reads and then writes could not
    wait for another writer: SQLite would fail immediately, because its reads are outdated.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


@contextmanager
def snapshot(connection: sqlite3.Connection, *, writes: bool = False) -> Iterator[None]:
    """Everything that the block reads is one consistent snapshot; its own writes are rolled back. A block that `writes`
    takes the write lock at the start, as in `transaction`."""
    connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
    try:
        yield
    finally:
        connection.rollback()
