"""When a page is re-fetched: pure functions of its age and of the results of earlier visits.

A story is re-fetched after

    wait = age / 4 * 2 ** min(unchanged, 3) / (1 + min(changed, 3))      between 1 hour and 180 days, +-10 %

so that stories of the day are checked every few hours and last year's twice a year, stories that never change less
often, and stories with many edits more often. `age` is counted from the latest date that the URL or the sitemap allow,
otherwise from when the URL was first seen. `unchanged` counts consecutive visits with the same words, `changed` those
with other words. docs/operations.md explains it for users.
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
_GONE_WAIT = 30 * DAY  # for a URL that returned 404 or 410
REQUISITE_WAIT = 30 * DAY  # images and stylesheets: most never change
_FIXED_PAGE_DEPTH = 2
_FIXED_PAGE_UNCHANGED = 3

# Linear time for any page: no pattern here looks past the next angle bracket.
_OPENING = re.compile(rb"<(?:p|h1)\b[^<>]*>", re.IGNORECASE)
_CLOSING = re.compile(rb"</(?:p|h1)\b", re.IGNORECASE)
_TAG = re.compile(rb"<[^<>]*>")
_SENTENCE = 40  # bytes: what is shorter is a label, a counter or a date


class History(Protocol):
    """Results of visits: consecutive unchanged ones, and the total of changed ones."""

    @property
    def unchanged(self) -> int: ...

    @property
    def changed(self) -> int: ...


def story_wait(age: float, unchanged: int, changed: int) -> float:
    """Seconds until a story is re-fetched."""
    wait = max(age, 0.0) / 4 * 2.0 ** min(unchanged, 3) / (1 + min(changed, 3))
    return min(max(wait, SHORTEST), LONGEST)


def page_wait(depth: int, unchanged: int) -> float:
    """Seconds until a listing page is re-fetched. 0: by each crawl.

    Seeds and pages at most two links from them are always fetched; deeper pages until they were unchanged three times
    in a row.
    """
    if depth <= _FIXED_PAGE_DEPTH or unchanged < _FIXED_PAGE_UNCHANGED:
        return 0.0
    return min(6 * HOUR * 2.0 ** min(unchanged - _FIXED_PAGE_UNCHANGED, 10), 8 * DAY)


def refusal_wait(reason: str) -> float:
    """Seconds until a refused URL is tried again."""
    waits = {"robots": 7 * DAY, "private_address": 30 * DAY, "ignored": 30 * DAY, "not_there": 30 * DAY}
    return waits.get(reason, 0.0)


def spread(key: str) -> float:
    """0.9 to 1.1, constant for a page, so that pages first fetched in one night are not all due in one night."""
    return 0.9 + (zlib.crc32(key.encode()) % 1000) / 5000


def next_due(
    now: datetime, key: str, kind: Kind, state: State, *, reason: str | None, age: float, depth: int, history: History
) -> datetime | None:
    """When a URL with this outcome is re-fetched; None: by the next crawl. `age` is in seconds."""
    if state == "gone" or reason in ("status_404", "status_410"):
        # A removed story rarely comes back; a missing listing often does.
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
    return now + timedelta(seconds=wait * spread(key)) if wait else None


def latest_date(url: str) -> datetime | None:
    """The end (UTC) of the day or month in a URL; None if there is no date."""
    return _latest_date(url.partition("?")[0])


@lru_cache(maxsize=20_000)
def _latest_date(url: str) -> datetime | None:
    found = date_in_url(url)
    if found is None or found.month is None:
        return None
    year, month, day = found.year, found.month, found.day
    try:
        begin = datetime(year, month, day or 1, tzinfo=UTC)
    except ValueError:
        return None
    if day:
        return begin + timedelta(days=1)
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)


def words_of(body: bytes) -> bytes:
    """A fingerprint of a page's paragraphs, which is the same if only other parts of the page change.

    Only for the schedule; the index detects edits from the extracted text.
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
