"""The captures of a URL for replay: all of them, or those nearest to a time."""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain

from archiver.cdx_key import cdx_key
from archiver.index.learn.mirror_hosts import load_mirrors
from archiver.index.schema.connection import Index
from archiver.index.store.identity import moment
from archiver.index.store.surts import page_of, plain_surts, surt_on
from archiver.urls import host_of, surt

# For a revisit, replay shows the response that it refers to, with its own URL and time. A revisit with another status
# (a redirect) is shown itself.
_SELECT = """
SELECT c.surt, c.url, c.fetched_at, coalesce(p.http_status, c.http_status) AS http_status,
  coalesce(p.mime, c.mime) AS mime, coalesce(p.payload_digest, c.payload_digest) AS payload_digest,
  coalesce(p.record_type, c.record_type) AS record_type, coalesce(p.warc_file, c.warc_file) AS warc_file,
  coalesce(p.warc_offset, c.warc_offset) AS warc_offset, coalesce(p.warc_length, c.warc_length) AS warc_length,
  coalesce(p.warc_record_id, c.warc_record_id) AS warc_record_id,
  iif(p.id IS NULL, c.warc_position, p.warc_position) AS warc_position
FROM captures c LEFT JOIN captures p ON p.id = c.payload_id AND c.http_status IN (200, 304)
WHERE c.record_type != 'conversion' AND """


def at_address(db: Index, url: str, near: datetime | None = None) -> Iterator[sqlite3.Row]:
    """The captures of a URL and of its other spellings, ignoring scheme, `www.` and tracking parameters.

    Those nearest to a time first, otherwise in chronological order. Fast even for pages with many captures.
    """
    # By page on any host of the domain: the caller selects the hosts.
    page, key = page_of(url), cdx_key(url)
    keys: list[tuple[str, tuple[str | int, ...]]] = [
        ("c.page = ?", (page,)),
        ("c.cdx_key = ? AND c.page != ?", (key, page)),
    ]
    if near is None:
        yield from heapq.merge(
            *(_rows(db, f"{where} ORDER BY c.fetched_at", *values) for where, values in keys),
            key=lambda row: str(row["fetched_at"]),
        )
        return
    at = moment(near)
    after = (_rows(db, f"{where} AND c.fetched_at >= ? ORDER BY c.fetched_at", *values, at) for where, values in keys)
    before = (
        _rows(db, f"{where} AND c.fetched_at < ? ORDER BY c.fetched_at DESC", *values, at) for where, values in keys
    )
    yield from heapq.merge(*after, *before, key=lambda row: abs(datetime.fromisoformat(row["fetched_at"]) - near))


def below_address(db: Index, url: str) -> Iterator[sqlite3.Row]:
    """The captures of all URLs with this prefix, sorted by URL and time."""
    keys = [*(("surt", key) for key in _keys(db, url)), ("cdx_key", cdx_key(url))]
    yield from chain.from_iterable(
        _rows(db, f"c.{column} >= ? AND c.{column} < ? ORDER BY c.{column}, c.fetched_at", key, key + "\U0010ffff")
        for column, key in keys
    )


def captured_row(db: Index, capture_id: int) -> sqlite3.Row | None:
    """One capture with all columns."""
    cursor = db.conn.cursor()
    cursor.row_factory = sqlite3.Row
    row: sqlite3.Row | None = cursor.execute("SELECT * FROM captures WHERE id = ?", (capture_id,)).fetchone()
    return row


def _rows(db: Index, where: str, *values: str | int) -> Iterator[sqlite3.Row]:
    cursor = db.conn.cursor()
    cursor.row_factory = sqlite3.Row
    return iter(cursor.execute(_SELECT + where, values))


def _keys(db: Index, url: str) -> list[str]:
    """The possible SURTs of a URL's captures: with and without `www.`, and on the canonical host.

    Captures with the same CDX key but another SURT have their key in `captures.cdx_key`.
    """
    host = host_of(url)
    plain = host.removeprefix("www.")
    own = [surt(url.replace(host, name, 1)) for name in (plain, f"www.{plain}")] if host else [surt(url)]
    mirrors = load_mirrors(db)
    return sorted({key for one in (*own, *plain_surts(url)) for key in (one, surt_on(mirrors, one))})


def moment_of(digits: str) -> datetime:
    """The time of a timestamp of 1 to 14 digits, as in Wayback URLs. Raises ValueError."""
    return datetime.strptime(digits[:14] + "10000101000000"[len(digits) :], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
