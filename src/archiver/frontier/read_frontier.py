"""Reads a frontier without changing it: its folder may be read-only, and a crawl may be using it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from archiver.errors import DamageError, StorageError
from archiver.fixity.sealed import is_broken
from archiver.readonly import connect_to_read

_BUSY_SECONDS = 10
_ROOM_TO_READ = 64 * 1024  # bytes: the shared memory of a write-ahead log has 32 KiB


class FrontierReader:
    """The frontier at `path`; empty if the file does not exist or has no tables yet.

    Raises StorageError if the file can't be read, DamageError if it is not a frontier.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None
        if path.exists():
            try:
                self._db = connect_to_read(path, timeout=_BUSY_SECONDS)
            except sqlite3.Error as error:
                raise self._explained(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._db is not None:
            self._db.close()

    def urls(self, site: str) -> Iterator[tuple[str, str]]:
        """Every known URL of a site, with its kind (seed, article, page, exact)."""
        yield from self._rows("SELECT url, kind FROM urls WHERE site = ? ORDER BY id", site)

    def sites(self) -> dict[str, dict[str, int]]:
        """The number of URLs in each state, by site."""
        found: dict[str, dict[str, int]] = {}
        for site, state, count in self._rows("SELECT site, state, count(*) FROM urls GROUP BY site, state"):
            found.setdefault(site, {})[state] = count
        return found

    def payloads_in(self, warc_file: str) -> dict[str, str]:
        """The records in a WARC file that the frontier lists as payloads: record ID and URL."""
        sql = "SELECT p.record_id, p.url FROM payloads p JOIN files f ON f.id = p.file_id WHERE f.name = ?"
        return dict(self._rows(sql, warc_file))

    def fetched(self) -> Iterator[tuple[str, str]]:
        """Every URL with state `done`, and its site."""
        yield from self._rows("SELECT url, site FROM urls WHERE state = 'done' ORDER BY id")

    def problems(self) -> list[str]:
        """The problems of the file, by its checksum and by SQLite; empty if it is sound."""
        found = ["the file is not as it was closed: its checksum differs"] if is_broken(self._path) else []
        try:
            found += [row[0] for row in self._rows("PRAGMA integrity_check") if row[0] != "ok"]
        except (StorageError, DamageError) as error:
            found.append(error.message)
        return found

    def _rows(self, sql: str, *parameters: str) -> Iterator[tuple[Any, ...]]:
        if self._db is None:
            return
        try:
            if self._db.execute("PRAGMA user_version").fetchone()[0]:
                yield from self._db.execute(sql, parameters)
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def _explained(self, error: sqlite3.Error) -> StorageError | DamageError:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return DamageError(f"{self._path} is damaged ({error})", "move it away; the next crawl starts a new one")
        if _is_full(self._path.parent):
            return StorageError(f"{self._path} can't be read because the disk is full", "free some space")
        return StorageError(f"{self._path} can't be read ({error})", "check the disk and the permissions")


def _is_full(folder: Path) -> bool:
    """Whether there is no space for the files that SQLite creates even for reading; SQLite reports this as an I/O
    error."""
    try:
        return shutil.disk_usage(folder).free < _ROOM_TO_READ
    except OSError:
        return False
