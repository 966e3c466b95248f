"""Parses WARC-Date (WARC 1.1 section 5.4) and the 14-digit dates of ARC files."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

# W3C-ISO8601 (https://www.w3.org/TR/NOTE-datetime), from the year alone to nanoseconds. Some tools omit the time zone,
# others write an offset.
_W3C = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?)?)?)?"
    r" ?(?:[Zz]|([+-])([0-9]{2}):?([0-9]{2}))?\Z"
)
_DIGITS = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})([0-9]{0,6}))?)?)?Z?\Z")


def parse_date(text: str) -> datetime | None:
    """A moment in UTC with microseconds; None for an invalid date. Missing parts are taken as the earliest possible."""
    text = text.strip()
    sign: str | None = None
    offset_hours = offset_minutes = "0"
    if (match := _W3C.match(text)) is not None:
        year, month, day, hour, minute, second, fraction, sign, offset_hours, offset_minutes = match.groups()
    elif (match := _DIGITS.match(text)) is not None:
        year, month, day, hour, minute, second, fraction = match.groups()
    else:
        return None
    try:
        moment = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), tzinfo=UTC)
        # A leap second (60) counts as the last second of its minute.
        seconds = int(second or 0)
        moment = moment.replace(
            second=59 if seconds == 60 else seconds, microsecond=int((fraction or "0")[:6].ljust(6, "0"))
        )
        if sign is not None:
            shift = timedelta(hours=int(offset_hours), minutes=int(offset_minutes))
            moment = moment - shift if sign == "+" else moment + shift
    except (ValueError, OverflowError):
        return None
    return moment
