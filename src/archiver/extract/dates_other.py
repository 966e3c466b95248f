"""Dates in the languages that our own table of months lacks: the day by CLDR's names of months, else by dateparser's
parser for absolute dates, which also reads the time.

The first date of a language costs a process some tenths of a second, each later one a millisecond.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from archiver.extract.dates_by_name import date_by_name

# Tigrinya names the months of the Ethiopian calendar and of the Gregorian one alike.
_TWO_CALENDARS = frozenset({"ti"})
HAS_TIME = re.compile(r"\d[:.hч]\s?[0-5]\d(?!\d)")


def other_date(text: str, language: str) -> datetime | date | None:
    """The moment or day stated by a short text with day, month and year, or None."""
    if language in _TWO_CALENDARS:
        return None
    day = date_by_name(text, language)
    if day is not None and not HAS_TIME.search(text):
        return day
    moment = _parsed(text, language)
    if moment is None or (day is not None and moment.date() != day):
        return day
    return moment if HAS_TIME.search(text) else moment.date()


def _parsed(text: str, language: str) -> datetime | None:
    parser = _parser(language)
    if parser is None:
        return None
    # Labels before the date confuse dateparser: "Published: 3 May".
    at = next((index for index, char in enumerate(text) if char.isdigit()), 0)
    for part in dict.fromkeys((text, text[at:])):
        try:
            found = parser.get_date_data(part).date_obj
        except (ValueError, TypeError, OverflowError, AttributeError, RecursionError, KeyError, IndexError):
            continue
        if isinstance(found, datetime):
            return found.replace(microsecond=0)
    return None


@lru_cache(maxsize=64)
def _parser(language: str) -> Any:
    from dateparser.date import DateDataParser  # noqa: PLC0415 - loads the names of months of 200 languages

    settings = {
        "PARSERS": ["absolute-time"],  # never "three days ago": the page must state the date itself
        "REQUIRE_PARTS": ["day", "month", "year"],
        # Not the clock: extraction depends on the page alone.
        "RELATIVE_BASE": datetime(2000, 1, 1),  # noqa: DTZ001 - dateparser wants it so
    }
    try:
        return DateDataParser(languages=[language], settings=settings)
    except (ValueError, TypeError):  # a language unknown to dateparser
        return None
