"""Moments in the formats of other programs and of the archive's logs."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def http_date(text: str | None) -> datetime | None:
    """The moment (UTC) of an HTTP date (RFC 9110 section 5.6.7), or of a date of RFC 822 with any zone, as in feeds.

    None for anything else. A date without a zone is in UTC.
    """
    try:
        moment = parsedate_to_datetime(text) if text else None
        return in_utc(moment) if moment is not None else None
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def in_utc(moment: datetime) -> datetime:
    """The same moment in UTC; one without a zone is in UTC. Raises OverflowError at the ends of the calendar."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def stamp(moment: datetime | None = None) -> str:
    """A moment, now if None, to the second in UTC (RFC 3339): `2026-05-01T08:00:00Z`."""
    return (moment or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
