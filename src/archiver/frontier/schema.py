"""The frontier's tables, and the numbered migrations from older files (PRAGMA user_version)."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from archiver.errors import UsageError
from archiver.frontier.spellings import folded_number
from archiver.transactions import transaction
from archiver.urls import surt

_FIRST = (
    """
CREATE TABLE IF NOT EXISTS urls (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    key TEXT NOT NULL,                 -- the page's identity: one row for all spellings of its address
    url TEXT NOT NULL,                 -- as it was found first: this is what is fetched
    kind TEXT NOT NULL,                -- seed, article, page, exact, requisite
    state TEXT NOT NULL,               -- queued, done, failed, skipped, gone
    reason TEXT,                       -- why it is not fetched, or how it ended
    priority INTEGER NOT NULL,
    depth INTEGER NOT NULL,            -- links from a seed; of a requisite from its page
    redirects INTEGER NOT NULL DEFAULT 0,
    found_on TEXT,                     -- URL of the page that linked to it
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before REAL NOT NULL DEFAULT 0,
    http_status INTEGER,
    fetched_at REAL,
    crawl_id TEXT,                     -- the crawl that last decided its state
    UNIQUE (site, key)
)""",
    "CREATE INDEX IF NOT EXISTS urls_queue ON urls (site, priority DESC, id) WHERE state = 'queued'",
    "CREATE INDEX IF NOT EXISTS urls_ended ON urls (site, crawl_id, state)",
)

# Recrawling. Stories in an older file have no validators: they are fetched again, spread over a month.
_RECRAWL = (
    """
CREATE TABLE payloads (                -- the response records that hold payloads: what revisits refer to
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    digest TEXT NOT NULL,
    record_id TEXT NOT NULL,
    url TEXT NOT NULL,
    date TEXT NOT NULL,                -- WARC-Date, ISO
    file_id INTEGER NOT NULL,
    UNIQUE (site, digest)
)""",
    "CREATE TABLE files (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    """
CREATE TABLE sites (
    site TEXT PRIMARY KEY,
    rules TEXT,                        -- fingerprint of the scope by which its links were judged
    began REAL                         -- when the last crawl from the seeds on began
)""",
    "ALTER TABLE urls ADD COLUMN first_seen REAL",
    "ALTER TABLE urls ADD COLUMN etag TEXT",
    "ALTER TABLE urls ADD COLUMN last_modified TEXT",
    "ALTER TABLE urls ADD COLUMN payload_id INTEGER",
    "ALTER TABLE urls ADD COLUMN content BLOB",
    "ALTER TABLE urls ADD COLUMN unchanged INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE urls ADD COLUMN changed INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE urls ADD COLUMN published REAL",  # from its URL or sitemap: the latest possible date
    "ALTER TABLE urls ADD COLUMN lastmod REAL",  # from a sitemap
    "ALTER TABLE urls ADD COLUMN next_due REAL NOT NULL DEFAULT 0",  # seconds since 1970
    "UPDATE urls SET first_seen = fetched_at",
    "UPDATE urls SET next_due = fetched_at + 86400.0 * (7 + abs(id) % 30) WHERE kind = 'article' AND state = 'done'",
)

_RESTS = (
    """
CREATE TABLE rests (                   -- hosts that asked to be left alone, for as long as that lasts
    host TEXT PRIMARY KEY,
    until REAL NOT NULL                -- seconds since 1970
)""",
)

_PRIVATE = (
    "ALTER TABLE sites ADD COLUMN is_private INTEGER",  # whether a start page had a private address when first crawled
)

# URLs that differ in letter case, slashes or parameter order are separate pages unless evidence shows otherwise
# (`spellings`).
_SPELLINGS = (
    "ALTER TABLE urls ADD COLUMN folded INTEGER",  # hash, equal for keys that may be one page
    "UPDATE OR IGNORE urls SET key = address_key(url) WHERE kind != 'requisite'",
    "UPDATE urls SET folded = folded_number(key) WHERE kind != 'requisite'",
    "CREATE INDEX urls_folded ON urls (site, folded) WHERE folded IS NOT NULL",
    """
CREATE TABLE spellings (               -- pairs of pages whose addresses differ in one kind of spelling
    site TEXT NOT NULL,
    host TEXT NOT NULL,                -- as it begins a key: com,example,www
    kind TEXT NOT NULL,                -- case, slash, order
    folded INTEGER NOT NULL,
    same INTEGER NOT NULL,             -- 1: they are one page; 0: they are not
    PRIMARY KEY (site, host, kind, folded)
) WITHOUT ROWID""",
)

_RESERVED = (
    "ALTER TABLE urls ADD COLUMN reserved INTEGER NOT NULL DEFAULT 0",  # 1: its page asked not to be kept
)

# URLs of one page next to each other in `urls_folded`; no entries in `urls_ended` for URLs that no crawl has settled.
_NEAR = (
    """
UPDATE OR IGNORE spellings SET folded = coalesce((SELECT folded_number(key) FROM urls
    WHERE urls.site = spellings.site AND urls.folded = spellings.folded), folded)""",
    "DROP INDEX urls_folded",
    "UPDATE urls SET folded = folded_number(key) WHERE folded IS NOT NULL",
    "CREATE INDEX urls_folded ON urls (site, folded) WHERE folded IS NOT NULL",
    "DROP INDEX urls_ended",
    "CREATE INDEX urls_ended ON urls (site, crawl_id, state) WHERE crawl_id IS NOT NULL",
)

STEPS = (_FIRST, _RECRAWL, _RESTS, _PRIVATE, _SPELLINGS, _RESERVED, _NEAR)


def migrate(db: sqlite3.Connection, path: Path) -> None:
    """Migrate a file to the current tables, each step in one transaction with its number.

    Raises UsageError for a file of a newer archiver.
    """
    if _version(db) > len(STEPS):
        raise UsageError(f"{path} was made by a newer archiver", "use the newer version, or move the file away")
    if _version(db) == len(STEPS):
        return
    db.create_function("address_key", 1, surt, deterministic=True)
    db.create_function("folded_number", 1, folded_number, deterministic=True)
    with transaction(db):
        for number in range(_version(db), len(STEPS)):
            for statement in STEPS[number]:
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {len(STEPS)}")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
