"""Addresses that a person withdrew: out of the queue, and on request out of the file."""

from __future__ import annotations

from collections.abc import Callable

from archiver.frontier.store import Store

REASON = "withdrawn"


def block(store: Store, is_withdrawn: Callable[[str], bool]) -> int:
    """Leave withdrawn addresses alone from now on. Returns how many there are."""
    found = _matching(store, is_withdrawn)
    # Without attempts it is not queued again when a crawl begins.
    store.many(
        "UPDATE urls SET state = 'skipped', reason = ?, attempts = 0, etag = NULL, last_modified = NULL WHERE id = ?",
        [(REASON, number) for number in found],
    )
    return len(found)


def unblock(store: Store, is_withdrawn: Callable[[str], bool]) -> int:
    """Queue what is no longer withdrawn. Returns how many there are."""
    rows = store.execute("SELECT id, url FROM urls WHERE state = 'skipped' AND reason = ?", (REASON,)).fetchall()
    free = [(number,) for number, url in rows if not is_withdrawn(url)]
    store.many("UPDATE urls SET state = 'queued', reason = NULL WHERE id = ?", free)
    return len(free)


def _matching(store: Store, is_withdrawn: Callable[[str], bool]) -> list[int]:
    return [number for number, url in store.execute("SELECT id, url FROM urls").fetchall() if is_withdrawn(url)]
