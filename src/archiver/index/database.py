"""Opens the index for one writer or for readers, and turns database errors into messages for users.

Connections are in autocommit mode: transactions begin with our own BEGIN IMMEDIATE and end with COMMIT.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from archiver.errors import ArchiverError, DamageError, LockedError, StorageError, UsageError
from archiver.fixity.sealed import seal, unseal
from archiver.index.schema import fulltext, fulltext_stems, likeness
from archiver.index.schema.connection import Index
from archiver.index.schema.declare import APPLICATION_ID
from archiver.index.schema.migrations import STEPS, migrate, older, version_of
from archiver.locks import locked
from archiver.readonly import connect_to_read, read_schema

_BUSY_MS = 20_000  # longer than any commit of a batch
_WAL_LIMIT = 32 * 1024 * 1024  # a long read makes the WAL grow; it is truncated after the reader has left
# Maximum number of pages in the WAL before a checkpoint. IDs are hashes, so a batch touches more pages the larger the
# index is; with SQLite's default of 1,000 each batch would write all of its pages twice.
_WAL_PAGES = 8000
_REBUILD = "run `archiver index --rebuild`"


@contextmanager
def open_writer(path: Path, *, throwaway: bool = False) -> Iterator[Index]:
    """The index opened for writing, created if missing. `throwaway` is fast but not crash-safe: for a file that gets
    its final name only when it is complete.

    Raises DamageError, StorageError, LockedError or UsageError with the next step.
    """
    with explained(path):
        with on_disk(path):
            if not throwaway:
                finish_swap(path)
                unseal(path)
        connection = sqlite3.connect(
            path, isolation_level=None, timeout=_BUSY_MS / 1000, factory=fulltext_stems.Writing
        )
        try:
            read_schema(connection)
            db = Index(connection)
            _refuse_foreign(db, path)
            connection.execute(f"PRAGMA journal_mode = {'MEMORY' if throwaway else 'WAL'}").fetchone()
            connection.execute(f"PRAGMA synchronous = {'OFF' if throwaway else 'NORMAL'}")
            connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT}").fetchone()
            connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}").fetchone()
            connection.execute("PRAGMA cache_size = -65536")  # 64 MB: IDs are hashes, so pages are touched at random
            connection.execute("PRAGMA foreign_keys = ON")
            fulltext_stems.prepare(connection)
            likeness.prepare(connection)
            migrate(db)
            fulltext_stems.refresh(db)
            fulltext.set_merging(db)
            yield db
        finally:
            connection.close()
            if not throwaway:
                seal(path)


@contextmanager
def open_reader(path: Path) -> Iterator[Index]:
    """The index opened read-only; a writer may be active at the same time.

    Raises UsageError if there is no index, DamageError if the file is not an index.
    """
    with explained(path):
        with on_disk(path):
            _refuse_missing(path)
        connection = connect_to_read(path, timeout=_BUSY_MS / 1000)
        try:
            db = Index(connection)
            _refuse_foreign(db, path)
            if version_of(db) == 0:
                raise DamageError(f"{path} is not an index", _REBUILD)
            if version_of(db) < len(STEPS):
                raise older(db)
            connection.execute("PRAGMA query_only = ON")
            # 128 MB at most: filtering a million stories (`articles_facets`) reads 80 MB.
            connection.execute("PRAGMA cache_size = -131072")
            yield db
        finally:
            connection.close()


def outdated(path: Path) -> str | None:
    """What to do about an index of an older version; None if it is of this version, or is no index."""
    try:
        with open_reader(path):
            return None
    except UsageError as error:
        return str(error) if path.exists() else None
    except ArchiverError:
        return None


def is_unmade(path: Path) -> bool:
    """Whether nothing is in the file yet: a first run, which may be at work, has created it, or was killed. Raises
    DamageError, StorageError.
    """
    with explained(path), on_disk(path):
        if path.stat().st_size == 0:
            return True
        with closing(connect_to_read(path, timeout=_BUSY_MS / 1000)) as db:
            return bool(db.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,))


def _refuse_missing(path: Path) -> None:
    if not path.exists():
        raise UsageError(
            f"there is no index at {path}",
            "crawl a site first, or run `archiver index --rebuild` if there are WARC files",
        )
    if path.stat().st_size == 0:
        raise DamageError(f"{path} is empty", _REBUILD)


def _refuse_foreign(db: Index, path: Path) -> None:
    application = db.execute("PRAGMA application_id").fetchone()[0]
    tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application != APPLICATION_ID and (tables or application):
        raise DamageError(f"{path} is a database of another program", f"move it away and {_REBUILD}")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Converts SQLite's exceptions to errors that the user can act on."""
    try:
        yield
    except sqlite3.Error as error:
        raise _explain(error, path) from error


@contextmanager
def on_disk(path: Path) -> Iterator[None]:
    """Converts exceptions of the file system to errors that the user can act on."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path} can't be used ({error.strerror})", "check the disk and the permissions") from error


def _explain(error: sqlite3.Error, path: Path) -> ArchiverError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return LockedError(f"{path} is in use by another program ({error})", "wait for it, or close it")
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
        return StorageError(f"{path} can't be written or read ({error})", "check the disk, its space and permissions")
    return DamageError(f"{path} is damaged or not an index ({error})", _REBUILD)


@contextmanager
def index_lock(path: Path) -> Iterator[None]:
    """Hold the right to write the index at `path`, until the block or this process ends.

    Raises LockedError with the holder's pid.
    """
    with locked(path.with_name(path.stem + ".lock"), f"another run writes {path}"):
        yield


def sibling_path(path: Path, suffix: str) -> Path:
    """A file next to an index: `index.db` + `-wal`."""
    return path.with_name(path.name + suffix)


def swap_in(path: Path, new: Path) -> None:
    """Replace an index with another complete, closed one. After a crash one of the two is there."""
    with on_disk(path):
        with new.open("rb") as file:
            os.fsync(file.fileno())
        new.replace(sibling_path(path, ".ready"))
        _sync_folder(path)
        finish_swap(path)


def finish_swap(path: Path) -> None:
    """Complete an interrupted swap; usually there is none.

    A write-ahead log left over from the old file would be replayed into the new one, so it is deleted first. After a
    crash in between, `.ready` still exists and the next writer calls this again. Readers of the old file keep it until
    they close it.
    """
    ready = sibling_path(path, ".ready")
    if not ready.exists():
        return
    for suffix in ("-wal", "-shm", "-journal"):
        sibling_path(path, suffix).unlink(missing_ok=True)
    unseal(path)
    ready.replace(path)
    _sync_folder(path)
    seal(path)


def _sync_folder(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def check(db: Index, *, fulltext_too: bool = True) -> list[str]:
    """The problems that SQLite finds in the file, its references and its full-text table; empty if it is sound.
    `fulltext_too` needs a writer's connection: FTS5 runs its check as an insert, which changes nothing."""
    found: list[str] = [str(row[0]) for row in db.execute("PRAGMA integrity_check").fetchall() if row[0] != "ok"]
    found += [f"{row[0]}: row {row[1]} refers to a missing {row[2]}" for row in db.execute("PRAGMA foreign_key_check")]
    if not fulltext_too:
        return found
    try:
        db.execute(fulltext.INTEGRITY_CHECK)
    except sqlite3.DatabaseError as error:
        found.append(f"full-text table: {error}")
    if any(True for _ in fulltext.differing(db)):
        found.append("full-text table: its words are not those of the stories")
    return found
