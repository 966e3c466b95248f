"""Which response record holds which payload, so that no payload is written twice."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from archiver.frontier.store import Store
from archiver.model import PayloadRecord


class SitePayloads:
    """The payloads of one site. Additions become durable with the frontier's next commit, after their records."""

    def __init__(self, store: Store, site: str) -> None:
        self._store = store
        self._site = site

    def find(self, digest: str) -> PayloadRecord | None:
        """The record that holds a payload with this digest."""
        row = self._store.execute(
            "SELECT p.digest, p.record_id, p.url, p.date, f.name FROM payloads p JOIN files f ON f.id = p.file_id "
            "WHERE p.site = ? AND p.digest = ?",
            (self._site, digest),
        ).fetchone()
        return record_of(row) if row else None

    def add(self, record: PayloadRecord) -> None:
        """Store a response record. The first one with a digest is kept."""
        self._store.write("INSERT INTO files (name) VALUES (?) ON CONFLICT DO NOTHING", record.warc_file)
        self._store.write(
            "INSERT INTO payloads (site, digest, record_id, url, date, file_id) "
            "VALUES (?, ?, ?, ?, ?, (SELECT id FROM files WHERE name = ?)) ON CONFLICT DO NOTHING",
            self._site,
            record.digest,
            record.record_id,
            record.url,
            record.date.isoformat(),
            record.warc_file,
        )


def record_of(row: tuple[str, str, str, str, str]) -> PayloadRecord:
    digest, record_id, url, date, name = row
    return PayloadRecord(digest, record_id, url, datetime.fromisoformat(date), name)


def forget_missing(store: Store, present: Collection[str]) -> int:
    """Delete the payloads of missing WARC files, and the validators that depend on them.

    A revisit must not refer to a record that the archive has lost: such pages are fetched completely, and soon. Returns
    the number of missing files.
    """
    lost = [row for row in store.execute("SELECT id, name FROM files") if row[1] not in present]
    for file_id, _ in lost:
        store.write(
            "UPDATE urls SET payload_id = NULL, etag = NULL, last_modified = NULL, next_due = 0 "
            "WHERE payload_id IN (SELECT id FROM payloads WHERE file_id = ?)",
            file_id,
        )
        store.write("DELETE FROM payloads WHERE file_id = ?", file_id)
        store.write("DELETE FROM files WHERE id = ?", file_id)
    if lost:
        store.commit()
    return len(lost)
