"""URLs that differ in letter case, a slash or the order of their parameters: separate pages unless evidence shows
otherwise.

Both URLs of a pair are fetched. Equal words, or a redirect from one to the other, are evidence for one page; different
words are evidence against it. If a host has at least PAIRS_TO_TELL pairs of one kind that are one page, and none that
are two, it ignores differences of that kind: its other spellings are no longer fetched.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Collection
from dataclasses import replace
from typing import Protocol

from archiver.frontier.values import Candidate, Task
from archiver.urls import folded_key, variation

PAIRS_TO_TELL = 5
REASON = "other_spelling"
_FOLDED = ("article", "page")  # redirect targets and URLs given by the user are fetched as they are
_NUMBER = re.compile(r"(\d{1,7})\D*$")


class _Store(Protocol):
    db: sqlite3.Connection

    def write(self, sql: str, *parameters: object) -> int: ...


def folded_number(key: str) -> int:
    """A hash of 64 bits that is equal for all spellings of a key.

    Its first bits are those of the folder, the next ones the number of a story: the URLs that one page links to are
    next to each other in the index. With hashes of whole keys, each new URL would change another page of a large index.
    """
    folded = folded_key(key)
    folder, _, name = folded.partition("?")[0].rpartition("/")
    found = _NUMBER.search(name)
    place = _hash(folder, 3)
    place += int(found[1]).to_bytes(3, "big") + _hash(folded, 2) if found else _hash(folded, 5)
    return int.from_bytes(place, "big", signed=True)


def _hash(text: str, size: int) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=size).digest()


class Spellings:
    """The kinds of spelling that the hosts of an archive's sites distinguish."""

    def __init__(self, store: _Store) -> None:
        self._store = store
        self._learned: dict[tuple[str, str], frozenset[str]] = {}

    def spelt_as_known(self, site: str, candidates: Collection[Candidate]) -> Collection[Candidate]:
        """The candidates, each in its known spelling if its host does not distinguish them."""
        if not any(self._kinds(site, host) for host in {_host(candidate.key) for candidate in candidates}):
            return candidates  # as with most sites
        return [self._known(site, candidate) for candidate in candidates]

    def is_known_otherwise(self, site: str, task: Task) -> bool:
        """Whether a queued page that was never fetched is known under another spelling."""
        if task.kind not in _FOLDED or task.redirects or task.known is not None:
            return False
        return self._other(site, task.key, before=task.id) is not None

    def visited(self, site: str, task: Task, content: bytes | None) -> None:
        """Compare the words of a page that was fetched for the first time with those of its other spellings."""
        if content is None or task.known is not None:
            return
        rows = self._store.db.execute(
            "SELECT key, content FROM urls WHERE site = ? AND folded = ? AND key != ? AND content IS NOT NULL",
            (site, folded_number(task.key), task.key),
        )
        for key, words in rows.fetchall():
            self._note(site, task.key, key, same=words == content)

    def redirected(self, site: str, task: Task, target: Candidate) -> None:
        """A server redirects from one URL to another, which may be another spelling of it."""
        if folded_key(task.key) == folded_key(target.key):
            self._note(site, task.key, target.key, same=True)

    def _known(self, site: str, candidate: Candidate) -> Candidate:
        if candidate.kind not in _FOLDED or candidate.redirects:
            return candidate
        other = self._other(site, candidate.key)
        return candidate if other is None else replace(candidate, key=other[0], url=other[1])

    def _other(self, site: str, key: str, before: int | None = None) -> tuple[str, str] | None:
        """Key and URL of a known spelling of this page, if its host ignores the difference; the first of several."""
        kinds = self._kinds(site, _host(key))
        if not kinds:
            return None
        rows = self._store.db.execute(
            "SELECT key, url FROM urls WHERE site = ? AND folded = ? AND (id < ? OR fetched_at > 0)"
            " AND state IN ('queued', 'done') ORDER BY id",
            (site, folded_number(key), before if before is not None else 1 << 62),
        ).fetchall()
        if any(row[0] == key for row in rows) and before is None:
            return None
        return next((row for row in rows if row[0] != key and variation(row[0], key) in kinds), None)

    def _kinds(self, site: str, host: str) -> frozenset[str]:
        if (site, host) not in self._learned:
            rows = self._store.db.execute(
                "SELECT kind, sum(same), count(*) FROM spellings WHERE site = ? AND host = ? GROUP BY kind",
                (site, host),
            )
            self._learned[site, host] = frozenset(
                kind for kind, same, pairs in rows if same == pairs and same >= PAIRS_TO_TELL
            )
        return self._learned[site, host]

    def _note(self, site: str, one: str, other: str, *, same: bool) -> None:
        kind, host = variation(one, other), _host(one)
        if kind is None or (same and kind in self._kinds(site, host)):
            return
        self._store.write(
            "INSERT INTO spellings (site, host, kind, folded, same) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET same = min(same, excluded.same)",
            site, host, kind, folded_number(one), int(same),
        )  # fmt: skip
        self._learned.pop((site, host), None)


def _host(key: str) -> str:
    return key.partition(")")[0]
