"""Withdrawn URLs: removed from the queue, and on request deleted from the file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from archiver.frontier.store import Store

REASON = "withdrawn"


def block(store: Store, is_withdrawn: Callable[[str], bool]) -> int:
    """Stop fetching withdrawn URLs. Returns how many there are."""
    found = _matching(store, is_withdrawn)
    # With attempts = 0 it is not queued again when a crawl begins.
    store.many(
        "UPDATE urls SET state = 'skipped', reason = ?, attempts = 0, etag = NULL, last_modified = NULL WHERE id = ?",
        [(REASON, number) for number in found],
    )
    return len(found)


def unblock(store: Store, is_withdrawn: Callable[[str], bool]) -> int:
    """Queue URLs that are no longer withdrawn. Returns how many there are."""
    rows = store.execute("SELECT id, url FROM urls WHERE state = 'skipped' AND reason = ?", (REASON,)).fetchall()
    free = [(number,) for number, url in rows if not is_withdrawn(url)]
    store.many("UPDATE urls SET state = 'queued', reason = NULL WHERE id = ?", free)
    return len(free)


def erase(
    store: Store, has_trace: Callable[[str], bool], record_ids: Collection[str], files: Mapping[str, str]
) -> None:
    """Delete entries with a trace of an erased story, and those of records that were removed or changed; `files` maps
    WARC files to their replacements. No trace remains in the file. Durable on return."""
    rows = store.execute("SELECT id, url, record_id FROM payloads").fetchall()
    gone = [(number,) for number, url, record_id in rows if record_id in record_ids or has_trace(url)]
    forget = "UPDATE urls SET payload_id = NULL, etag = NULL, last_modified = NULL, next_due = 0 WHERE payload_id = ?"
    store.many(forget, gone)
    store.many("DELETE FROM payloads WHERE id = ?", gone)
    rows = store.execute("SELECT id, url, found_on FROM urls").fetchall()
    store.many("DELETE FROM urls WHERE id = ?", [(number,) for number, url, _ in rows if has_trace(url)])
    traced = [(number,) for number, _, found_on in rows if found_on and has_trace(found_on)]
    store.many("UPDATE urls SET found_on = NULL WHERE id = ?", traced)
    store.many("UPDATE files SET name = ? WHERE name = ?", [(new, old) for old, new in files.items()])
    store.commit()
    store.execute("VACUUM")
    store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def _matching(store: Store, is_withdrawn: Callable[[str], bool]) -> list[int]:
    return [number for number, url in store.execute("SELECT id, url FROM urls").fetchall() if is_withdrawn(url)]
