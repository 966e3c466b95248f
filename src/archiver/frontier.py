"""The frontier: which URLs a crawl knows, what became of each, and what to fetch next. One SQLite table.

It is Scrapy's queue and duplicate filter in one, and survives kill -9 where Scrapy's JOBDIR does not. Two rules make
it so:

- A URL leaves the queue only by `finish`, after the links found on its page were added, in the same transaction.
- `commit` calls the `before_commit` hooks (each recorder's fsync) first. A URL is done on disk only after its capture.

What is in flight is remembered in memory alone: after a crash it is still queued and is simply fetched again.
"""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from archiver.errors import DamageError, StorageError

Kind = Literal["seed", "article", "page", "exact"]
State = Literal["queued", "done", "failed", "skipped"]

# Stories before pages that lead to stories: an interrupted crawl then has most of what it came for.
PRIORITY: dict[Kind, int] = {"seed": 30, "exact": 30, "article": 20, "page": 10}

_SCHEMA = """
CREATE TABLE IF NOT EXISTS urls (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    key TEXT NOT NULL,                 -- the page's identity: one row for all spellings of its address
    url TEXT NOT NULL,                 -- as it was found first: this is what is fetched
    kind TEXT NOT NULL,                -- seed, article, page, exact
    state TEXT NOT NULL,               -- queued, done, failed, skipped
    reason TEXT,                       -- why it is not fetched, or how it ended
    priority INTEGER NOT NULL,
    depth INTEGER NOT NULL,            -- links from a seed
    redirects INTEGER NOT NULL DEFAULT 0,
    found_on TEXT,                     -- URL of the page that linked to it
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before REAL NOT NULL DEFAULT 0,
    http_status INTEGER,
    fetched_at REAL,
    crawl_id TEXT,                     -- the crawl that last decided its state
    UNIQUE (site, key)
);
CREATE INDEX IF NOT EXISTS urls_queue ON urls (site, priority DESC, id) WHERE state = 'queued';
CREATE INDEX IF NOT EXISTS urls_ended ON urls (site, crawl_id, state);
"""

_ADD = """
INSERT INTO urls (site, key, url, kind, state, priority, depth, redirects, found_on)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (site, key) DO NOTHING
"""
_ADD_AGAIN = """
INSERT INTO urls (site, key, url, kind, state, priority, depth, redirects, found_on)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (site, key) DO UPDATE SET
    state = 'queued', kind = excluded.kind, priority = excluded.priority, reason = NULL, attempts = 0, not_before = 0
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A URL that may enter the frontier."""

    url: str
    key: str
    kind: Kind
    depth: int = 0
    redirects: int = 0
    found_on: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A queued URL handed out to be fetched."""

    id: int
    url: str
    key: str
    kind: Kind
    depth: int
    redirects: int
    attempts: int
    found_on: str | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A URL that was seen and not fetched."""

    url: str
    reason: str
    found_on: str | None


class Frontier:
    """The table of one archive, shared by the sites of one run. Not for use from several threads.

    Raises `StorageError` when the disk is full or failing, `DamageError` when the file is no frontier.
    """

    def __init__(self, path: Path, *, window: int = 64) -> None:
        self.before_commit: list[Callable[[], None]] = []
        self._window_size = window
        self._windows: dict[str, deque[Task]] = {}
        self._claimed: dict[str, set[int]] = {}
        self._crawl_ids: dict[str, str] = {}
        self._dirty = 0
        try:
            self._db = sqlite3.connect(path, isolation_level=None, timeout=10)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            raise _storage_error(path, error) from error
        self._path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------------ filling

    def begin(self, site: str, crawl_id: str, seeds: Iterable[Candidate]) -> bool:
        """Start a crawl of a site, or take up the one that was interrupted. Returns whether one was taken up.

        A fresh crawl fetches its seeds and all pages that lead to stories again; stories it has stay as they are.
        """
        self._crawl_ids[site] = crawl_id
        resumed = self.queued(site) > 0
        if not resumed:
            self._write(
                "UPDATE urls SET state = 'queued', reason = NULL, attempts = 0, not_before = 0 "
                "WHERE site = ? AND kind IN ('seed', 'page', 'exact') AND state IN ('done', 'failed')",
                (site,),
            )
            self._write(
                "UPDATE urls SET state = 'queued', reason = NULL, attempts = 0, not_before = 0 "
                "WHERE site = ? AND kind = 'article' AND state = 'failed'",
                (site,),
            )
        self.add(site, seeds, again=True)
        self.commit()
        return resumed

    def add(self, site: str, candidates: Iterable[Candidate], *, again: bool = False) -> int:
        """Queue what isn't known yet; returns how many were new. With `again`, known URLs are queued once more."""
        rows: list[tuple[object, ...]] = [
            (site, c.key, c.url, c.kind, "queued", PRIORITY[c.kind], c.depth, c.redirects, c.found_on)
            for c in candidates
        ]
        return self._insert(_ADD_AGAIN if again else _ADD, rows)

    def refuse(self, site: str, candidate: Candidate, reason: str) -> int:
        """Remember a URL that will not be fetched, and why. Returns 1 if it wasn't known, else 0."""
        return self._insert(
            "INSERT INTO urls (site, key, url, kind, state, reason, priority, depth, redirects, found_on, crawl_id) "
            "VALUES (?, ?, ?, ?, 'skipped', ?, ?, ?, ?, ?, ?) ON CONFLICT (site, key) DO NOTHING",
            [
                (
                    site,
                    candidate.key,
                    candidate.url,
                    candidate.kind,
                    reason,
                    PRIORITY[candidate.kind],
                    candidate.depth,
                    candidate.redirects,
                    candidate.found_on,
                    self._crawl_ids.get(site),
                )
            ],
        )

    # ------------------------------------------------------------------ emptying

    def next(self, site: str) -> Task | None:
        """The next URL to fetch, or None when nothing is ready now. It stays queued on disk until it is finished."""
        window = self._windows.setdefault(site, deque())
        if not window:
            window.extend(self._ready(site))
        if not window:
            return None
        task = window.popleft()
        self._claimed.setdefault(site, set()).add(task.id)
        return task

    def finish(
        self, site: str, task: Task, state: State, *, reason: str | None = None, http_status: int | None = None
    ) -> None:
        """The URL reached its end in this crawl. Add the links of its page first."""
        self._write(
            "UPDATE urls SET state = ?, reason = ?, http_status = ?, fetched_at = ?, attempts = attempts + 1, "
            "crawl_id = ? WHERE id = ?",
            (state, reason, http_status, time.time(), self._crawl_ids.get(site), task.id),
        )
        self._claimed.get(site, set()).discard(task.id)

    def retry(self, site: str, task: Task, *, reason: str, delay: float) -> None:
        """Fetch the URL again, `delay` seconds from now at the earliest."""
        self._write(
            "UPDATE urls SET attempts = attempts + 1, reason = ?, not_before = ? WHERE id = ?",
            (reason, time.time() + delay, task.id),
        )
        self._claimed.get(site, set()).discard(task.id)

    def respell(self, site: str, task: Task, target: Candidate) -> None:
        """The page answered that its address is spelt otherwise: fetch it by that spelling, soon."""
        self._write(
            "UPDATE urls SET url = ?, redirects = ? WHERE id = ?",
            (target.url, target.redirects, task.id),
        )
        self._claimed.get(site, set()).discard(task.id)

    def commit(self) -> None:
        """Make everything so far durable: captures first, then the table."""
        for hook in self.before_commit:
            hook()
        if self._db.in_transaction:
            self._execute("COMMIT")
        self._dirty = 0

    def rollback(self) -> None:
        """Forget what was not committed: what a crawl does when its captures could not be made durable."""
        if self._db.in_transaction:
            self._db.rollback()
        self._dirty = 0

    @property
    def uncommitted(self) -> int:
        """Changes since the last commit."""
        return self._dirty

    def close(self) -> None:
        """Close without committing; call `commit` before."""
        self._db.close()

    # ------------------------------------------------------------------ asking

    def queued(self, site: str) -> int:
        """URLs still to fetch, those in flight included."""
        return self._count("SELECT count(*) FROM urls WHERE site = ? AND state = 'queued'", site)

    def has_queued(self, site: str) -> bool:
        """Whether anything is left that isn't in flight, ready now or later."""
        if self._windows.get(site):
            return True
        claimed = len(self._claimed.get(site, ()))
        query = "SELECT count(*) FROM (SELECT 1 FROM urls WHERE site = ? AND state = 'queued' LIMIT ?)"
        row = self._db.execute(query, (site, claimed + 1)).fetchone()
        return int(row[0]) > claimed

    def upcoming(self, site: str, limit: int) -> list[Task]:
        """What would be fetched next, without claiming it."""
        return self._select(site, time.time(), limit)

    def outcomes(self, site: str, crawl_id: str) -> dict[tuple[str, str | None], int]:
        """How many URLs ended in each (state, reason) in one crawl."""
        rows = self._db.execute(
            "SELECT state, reason, count(*) FROM urls WHERE site = ? AND crawl_id = ? AND state != 'queued' "
            "GROUP BY state, reason ORDER BY state, reason",
            (site, crawl_id),
        )
        return {(state, reason): count for state, reason, count in rows}

    def refusals(self, site: str, crawl_id: str) -> list[Refusal]:
        """URLs that one crawl saw and did not get, with the reason."""
        rows = self._db.execute(
            "SELECT url, coalesce(reason, state), found_on FROM urls "
            "WHERE site = ? AND crawl_id = ? AND state IN ('skipped', 'failed') ORDER BY id",
            (site, crawl_id),
        )
        return [Refusal(*row) for row in rows]

    def sites(self) -> dict[str, dict[str, int]]:
        """For each site the number of URLs in each state."""
        found: dict[str, dict[str, int]] = {}
        for site, state, count in self._db.execute("SELECT site, state, count(*) FROM urls GROUP BY site, state"):
            found.setdefault(site, {})[state] = count
        return found

    # ------------------------------------------------------------------ SQL

    def _ready(self, site: str) -> list[Task]:
        claimed = self._claimed.setdefault(site, set())
        tasks = self._select(site, time.time(), self._window_size + len(claimed))
        return [task for task in tasks if task.id not in claimed][: self._window_size]

    def _select(self, site: str, now: float, limit: int) -> list[Task]:
        rows = self._db.execute(
            "SELECT id, url, key, kind, depth, redirects, attempts, found_on FROM urls "
            "WHERE site = ? AND state = 'queued' AND not_before <= ? ORDER BY priority DESC, id LIMIT ?",
            (site, now, limit),
        )
        return [Task(*row) for row in rows]

    def _count(self, sql: str, *parameters: object) -> int:
        return int(self._db.execute(sql, parameters).fetchone()[0])

    def _insert(self, sql: str, rows: list[tuple[object, ...]]) -> int:
        if not rows:
            return 0
        before = self._db.total_changes
        self._begin()
        try:
            self._db.executemany(sql, rows)
        except sqlite3.DatabaseError as error:
            raise _storage_error(self._path, error) from error
        added = self._db.total_changes - before
        self._dirty += added
        return added

    def _write(self, sql: str, parameters: tuple[object, ...]) -> None:
        self._begin()
        self._execute(sql, parameters)
        self._dirty += 1

    def _begin(self) -> None:
        if not self._db.in_transaction:
            self._execute("BEGIN IMMEDIATE")

    def _execute(self, sql: str, parameters: tuple[object, ...] = ()) -> None:
        try:
            self._db.execute(sql, parameters)
        except sqlite3.DatabaseError as error:
            raise _storage_error(self._path, error) from error


def _storage_error(path: Path, error: sqlite3.DatabaseError) -> StorageError | DamageError:
    if isinstance(error, sqlite3.OperationalError):
        return StorageError(f"{path} can't be written ({error})", "free some space or mend the disk, then run it again")
    return DamageError(f"{path} is damaged ({error})", "move it away; the next crawl starts a new one")
