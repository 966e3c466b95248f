"""Rows of the table of URLs as tasks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from archiver.frontier.moments import moment_of
from archiver.frontier.payloads import record_of
from archiver.frontier.store import Store
from archiver.frontier.values import Known, Task

KNOWN = """
SELECT u.id, u.url, u.key, u.kind, u.depth, u.redirects, u.attempts, u.found_on, u.lastmod, u.first_seen, u.fetched_at,
    u.etag, u.last_modified, u.content, u.unchanged, u.changed, u.published, u.http_status, u.reserved,
    p.digest, p.record_id, p.url, p.date, f.name
FROM urls u LEFT JOIN payloads p ON p.id = u.payload_id LEFT JOIN files f ON f.id = p.file_id
"""
QUEUED = f"""{KNOWN}
WHERE u.site = ? AND u.state = 'queued' AND u.not_before <= ? ORDER BY u.priority DESC, u.id LIMIT ?
"""
REQUISITES = QUEUED.replace("ORDER BY", "AND u.kind = 'requisite' ORDER BY")
_KNOWN_KEYS = "SELECT key FROM urls WHERE site = ? AND key IN (SELECT value FROM json_each(?))"


def known_keys(store: Store, site: str, keys: Sequence[str]) -> set[str]:
    """Those of some keys that are in the table: most links of most pages, in one query."""
    return {key for (key,) in store.execute(_KNOWN_KEYS, (site, json.dumps(keys)))} if keys else set()


def task_of(row: tuple[Any, ...]) -> Task:
    """The task in a row of one of these queries."""
    number, url, key, kind, depth, redirects, attempts, found_on, lastmod = row[:9]
    first_seen, fetched_at, etag, last_modified, content, unchanged, changed, published, status, reserved = row[9:19]
    payload = record_of(row[19:24]) if row[19] else None
    known = None
    if payload or (fetched_at and status in (200, 304)):
        known = Known(
            moment_of(first_seen or fetched_at or 0.0), moment_of(fetched_at or 0.0), etag, last_modified, payload,
            content, unchanged, changed, moment_of(published), reserved=bool(reserved),
        )  # fmt: skip
    return Task(number, url, key, kind, depth, redirects, attempts, found_on, moment_of(lastmod), known)
