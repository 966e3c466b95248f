"""Checks an index: as a file, with its hashes, and row by row against the records of the WARC files."""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path

from archiver.errors import ArchiverError
from archiver.fixity.sealed import is_broken
from archiver.index.database import check, explained, open_reader
from archiver.index.schema import fulltext_stems
from archiver.index.schema.connection import Index
from archiver.index.store.extractions import read_extraction
from archiver.index.store.identity import moment, number
from archiver.index.store.packing import text_hash
from archiver.model import Capture
from archiver.readonly import connect_to_read
from archiver.transactions import snapshot

_BUSY_SECONDS = 20
_COLUMNS = "url, fetched_at, http_status, mime, payload_digest, record_type, warc_length, ip, truncated, certificate"


def file_problems(path: Path) -> list[str]:
    """The problems of an index as a SQLite file. Changes nothing. Raises ArchiverError if it can't be read."""
    found = []
    if is_broken(path):
        found.append("the file was changed after it was closed: its checksum differs")
    try:
        with open_reader(path):
            pass  # refuses files that are not an index
        with explained(path):
            found += _checked(path)
    except ArchiverError as error:
        found.append(error.message)
    return found


def is_writable(path: Path) -> bool:
    """Whether all of an index can be checked: SQLite checks a full-text table only where it can write."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _checked(path: Path) -> list[str]:
    if is_writable(path):
        connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_SECONDS)
    else:
        connection = connect_to_read(path, timeout=_BUSY_SECONDS)
    try:
        fulltext_stems.prepare(connection)
        writes = is_writable(path)
        with snapshot(connection, writes=writes):  # FTS5's integrity check is an INSERT
            return check(Index(connection), fulltext_too=writes)
    finally:
        connection.close()


def changed_texts(db: Index) -> Iterator[str]:
    """Texts that don't match their hash, and stored articles that can't be read."""
    for table, key in (("articles", "id"), ("version_texts", "article_id || ' version ' || version")):
        for name, text, sha256 in db.execute(f"SELECT {key}, text, text_sha256 FROM {table}"):  # noqa: S608 - constants
            if text_hash(text) != sha256:
                yield f"{table.removesuffix('_texts')}: the text of story {name} was changed"
    for (capture_id,) in db.execute("SELECT capture_id FROM extractions"):
        try:
            read_extraction(db, capture_id)
        except (ValueError, LookupError, TypeError, zlib.error):
            yield f"extractions: the article of capture {capture_id} can't be decompressed"


class FileRows:
    """The rows of `captures` for one WARC file, compared while its records are read again."""

    def __init__(self, db: Index, warc_file: str) -> None:
        self._db = db
        row = db.execute("SELECT read_up_to FROM warcs WHERE name = ?", (warc_file,)).fetchone()
        self.read_up_to: int = row[0] if row else 0
        rows = db.execute(
            f"SELECT warc_offset, warc_record_id, {_COLUMNS} FROM captures WHERE warc_file = ?",  # noqa: S608 - constants
            (warc_file,),
        )
        self._rows = {(row[0], row[1]): tuple(row[2:]) for row in rows}
        self._file = warc_file

    def compare(self, capture: Capture) -> str | None:
        """The difference between a record and its row; None if they agree. Call it once for each record."""
        record_id = capture.ref.record_id or f"{self._file}@{capture.ref.offset}"
        row = self._rows.pop((capture.ref.offset, record_id), None)
        wanted = (
            capture.url, moment(capture.fetched_at), capture.http_status, capture.mime, capture.payload_digest,
            capture.record_type, capture.ref.length, capture.ip, capture.truncated, capture.certificate,
        )  # fmt: skip
        if row is None:
            if capture.ref.offset >= self.read_up_to or self._known_elsewhere(capture, record_id):
                return None
            return f"the record at {capture.ref.offset} is not in the index"
        differing = [
            name
            for name, one, other in zip(_COLUMNS.split(", "), row, wanted, strict=True)
            if one != (_storable(other) if isinstance(other, str) else other)
            # An index migrated from an older version doesn't have it.
            and not (name == "certificate" and one is None)
        ]
        if not differing:
            return None
        return f"the record at {capture.ref.offset} differs from the index: {', '.join(differing)}"

    def left(self) -> list[str]:
        """The rows without a record."""
        return [f"the index has a record at {offset} that is not in the file" for offset, _ in sorted(self._rows)]

    def _known_elsewhere(self, capture: Capture, record_id: str) -> bool:
        """Whether the same record is indexed at another place, or is withheld."""
        withheld = "SELECT 1 FROM withheld WHERE warc_record_id = ? AND fetched_at = ?"
        if self._db.execute(withheld, (record_id, moment(capture.fetched_at))).fetchone() is not None:
            return True
        capture_id = number(record_id, capture.url, moment(capture.fetched_at), capture.payload_digest or "")
        return self._db.execute("SELECT 1 FROM captures WHERE id = ?", (capture_id,)).fetchone() is not None


def _storable(text: str) -> str:
    """Replaces characters that UTF-8 can't encode, like `apply`."""
    return text.encode("utf-8", "replace").decode("utf-8")
