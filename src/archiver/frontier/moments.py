"""Moments as the frontier's columns have them: seconds since 1970, as SQLite's REAL. Everywhere else they are datetimes
in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import overload

_FIRST = datetime.min.replace(tzinfo=UTC).timestamp()
_LAST = datetime(9999, 12, 31, tzinfo=UTC).timestamp()


@overload
def column_of(moment: datetime) -> float: ...
@overload
def column_of(moment: datetime | None) -> float | None: ...
def column_of(moment: datetime | None) -> float | None:
    """A moment as it is stored."""
    return None if moment is None else moment.timestamp()


@overload
def moment_of(column: float) -> datetime: ...
@overload
def moment_of(column: float | None) -> datetime | None: ...
def moment_of(column: float | None) -> datetime | None:
    """A stored moment. Of a number that is none, the nearest: it must not end a crawl."""
    return None if column is None else datetime.fromtimestamp(min(max(column, _FIRST), _LAST), UTC)


def column_by(moment: datetime | None, now: float) -> float | None:
    """A moment as it is stored, at the latest now: sitemaps name days to come, on which nothing was changed yet."""
    return None if moment is None else min(moment.timestamp(), now)


def utc_now() -> datetime:
    return datetime.now(UTC)
