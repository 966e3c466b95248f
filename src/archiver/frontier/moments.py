"""Converts datetimes in UTC to the frontier's columns and back: seconds since 1970, as SQLite's REAL."""

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
    """The column value of a moment."""
    return None if moment is None else moment.timestamp()


@overload
def moment_of(column: float) -> datetime: ...
@overload
def moment_of(column: float | None) -> datetime | None: ...
def moment_of(column: float | None) -> datetime | None:
    """The moment in a column. An out-of-range value becomes the nearest valid moment, because it must not end a
    crawl."""
    return None if column is None else datetime.fromtimestamp(min(max(column, _FIRST), _LAST), UTC)


def column_by(moment: datetime | None, now: float) -> float | None:
    """The column value of a moment, at most now, because sitemaps contain future dates."""
    return None if moment is None else min(moment.timestamp(), now)


def utc_now() -> datetime:
    return datetime.now(UTC)
