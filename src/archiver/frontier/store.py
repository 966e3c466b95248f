"""One SQLite connection whose writes are one open transaction until it is committed, and whose errors have names."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from archiver.errors import DamageError, StorageError
from archiver.fixity.sealed import seal, unseal
from archiver.frontier.schema import migrate
from archiver.readonly import read_schema


class Store:
    """Raises `StorageError` when the disk is full or failing, `DamageError` when the file is no frontier."""

    def __init__(self, path: Path) -> None:
        self.before_commit: list[Callable[[], None]] = []
        self.dirty = 0  # changes since the last commit
        self._path = path
        try:
            unseal(path)
        except OSError as error:
            raise StorageError(f"{path} can't be written ({error.strerror})", "check the permissions") from error
        try:
            self.db = sqlite3.connect(path, isolation_level=None, timeout=10)
            read_schema(self.db)
            self.db.execute("PRAGMA journal_mode=WAL")
            self.db.execute("PRAGMA synchronous=NORMAL")
            self.db.execute("PRAGMA cache_size=-16000")  # KiB: memory stays the same however many URLs there are
            migrate(self.db, path)
        except sqlite3.DatabaseError as error:
            raise self._explained(error) from error

    def many(self, sql: str, rows: Sequence[tuple[object, ...]]) -> int:
        """Write many rows; returns how many the database changed."""
        if not rows:
            return 0
        before = self.db.total_changes
        self._begin()
        try:
            self.db.executemany(sql, rows)
        except sqlite3.DatabaseError as error:
            raise self._explained(error) from error
        changed = self.db.total_changes - before
        self.dirty += changed
        return changed

    def write(self, sql: str, *parameters: object) -> int:
        """Run one statement; returns how many rows it changed."""
        self._begin()
        changed = self.execute(sql, parameters).rowcount
        self.dirty += 1
        return changed

    def count(self, sql: str, *parameters: object) -> int:
        return int(self.db.execute(sql, parameters).fetchone()[0])

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> sqlite3.Cursor:
        try:
            return self.db.execute(sql, parameters)
        except sqlite3.DatabaseError as error:
            raise self._explained(error) from error

    def commit(self) -> None:
        """Make everything so far durable: captures first, then the tables."""
        for hook in self.before_commit:
            hook()
        if self.db.in_transaction:
            self.execute("COMMIT")
        self.dirty = 0

    def rollback(self) -> None:
        if self.db.in_transaction:
            self.db.rollback()
        self.dirty = 0

    def close(self) -> None:
        """Close without committing."""
        self.db.close()
        seal(self._path)

    def _begin(self) -> None:
        if not self.db.in_transaction:
            self.execute("BEGIN IMMEDIATE")

    def _explained(self, error: sqlite3.DatabaseError) -> StorageError | DamageError:
        path = self._path
        if isinstance(error, sqlite3.OperationalError):
            return StorageError(
                f"{path} can't be written ({error})", "free some space or repair the disk, then run it again"
            )
        return DamageError(f"{path} is damaged ({error})", "move it away; the next crawl starts a new one")
