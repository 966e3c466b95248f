"""When a page is fetched again: pure functions of its age and of what earlier visits found.

A story is looked at again after

    wait = age / 4 * 2 ** min(unchanged, 3) / (1 + min(changed, 3))      between 1 hour and 180 days, +-10 %

so that stories of the day are checked every few hours, last year's twice a year, those that never change less and those
that are edited often more. `age` runs from the latest date that the address or the sitemap allow, else from when the
URL was first seen; `unchanged` counts the visits in a row that found the same words, `changed` those that found others.
docs/operations.md explains it to those who run crawls.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from archiver.frontier import Kind, State
from archiver.urls import date_in_url

HOUR, DAY = 3600.0, 86400.0
SHORTEST, LONGEST = HOUR, 180 * DAY
_GONE_WAIT = 30 * DAY  # of an address that answered 404 or 410
REQUISITE_WAIT = 30 * DAY  # pictures and stylesheets: most never change at their address
_FIXED_PAGE_DEPTH = 2
_FIXED_PAGE_UNCHANGED = 3

# Linear however a page is built: no pattern here looks past the next angle bracket.
_OPENING = re.compile(rb"<(?:p|h1)\b[^<>]*>", re.IGNORECASE)
_CLOSING = re.compile(rb"</(?:p|h1)\b", re.IGNORECASE)
_TAG = re.compile(rb"<[^<>]*>")
_SENTENCE = 40  # bytes: what is shorter is a label, a counter or a date


class History(Protocol):
    """What visits found: in a row unchanged, and ever changed."""

    @property
    def unchanged(self) -> int: ...

    @property
    def changed(self) -> int: ...


def story_wait(age: float, unchanged: int, changed: int) -> float:
    """Seconds until a story is looked at again."""
    wait = max(age, 0.0) / 4 * 2.0 ** min(unchanged, 3) / (1 + min(changed, 3))
    return min(max(wait, SHORTEST), LONGEST)


def page_wait(depth: int, unchanged: int) -> float:
    """Seconds until a page that leads to stories is fetched again. 0: with each crawl.

    Seeds and what is at most two links from them always are; a deeper one until it was the same three times running.
    """
    if depth <= _FIXED_PAGE_DEPTH or unchanged < _FIXED_PAGE_UNCHANGED:
        return 0.0
    return min(6 * HOUR * 2.0 ** min(unchanged - _FIXED_PAGE_UNCHANGED, 10), 8 * DAY)


def refusal_wait(reason: str) -> float:
    """Seconds until a URL that was not let through is tried again."""
    waits = {"robots": 7 * DAY, "private_address": 30 * DAY, "ignored": 30 * DAY, "not_there": 30 * DAY}
    return waits.get(reason, 0.0)


def spread(key: str) -> float:
    """0.9 to 1.1, the same for a page each time: what was first fetched in one night must not all be due in one."""
    return 0.9 + (zlib.crc32(key.encode()) % 1000) / 5000


def next_due(
    now: float, key: str, kind: Kind, state: State, *, reason: str | None, age: float, depth: int, history: History
) -> float | None:
    """When a URL that ended so is fetched again (seconds since 1970); None: with the next crawl."""
    if state == "gone" or reason in ("status_404", "status_410"):
        # A story that was taken down rarely comes back; a list that is away for a day does.
        wait = _GONE_WAIT if kind in ("article", "requisite") else DAY
    elif state == "skipped":
        wait = refusal_wait(reason or "")
    elif state != "done":
        return None
    elif kind == "article":
        wait = story_wait(age, history.unchanged, history.changed)
    elif kind == "requisite":
        wait = REQUISITE_WAIT
    else:
        wait = page_wait(depth, history.unchanged)
    return now + wait * spread(key) if wait else None


def latest_date(url: str) -> float | None:
    """The last moment of the day (or month) that stands in an address, as seconds since 1970; None where none does."""
    return _latest_date(url.partition("?")[0])


@lru_cache(maxsize=20_000)
def _latest_date(url: str) -> float | None:
    found = date_in_url(url)
    if found is None or found.month is None:
        return None
    year, month, day = found.year, found.month, found.day
    try:
        begin = datetime(year, month, day or 1, tzinfo=UTC)
    except ValueError:
        return None
    if day:
        return (begin + timedelta(days=1)).timestamp()
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp()


def words_of(body: bytes) -> bytes:
    """A fingerprint of a page's paragraphs: the same while only its furniture and tokens change.

    For the schedule alone; what an edit is, the index decides by the extracted text.
    """
    found = hashlib.blake2b(digest_size=8)
    sentences = 0
    for piece in _OPENING.split(body)[1:]:
        words = b" ".join(_TAG.sub(b"", _CLOSING.split(piece, 1)[0]).split())
        if len(words) >= _SENTENCE:
            found.update(words)
            sentences += 1
    if not sentences:
        found.update(body)
    return found.digest()
