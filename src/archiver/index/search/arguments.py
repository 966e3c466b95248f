"""A query from the arguments of a program, whose types and values are checked.

A wrong type must not pass: a file's name would be searched letter by letter, and `"no"` would count as true.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime
from operator import index
from pathlib import Path
from typing import Any

from archiver.errors import UsageError, did_you_mean
from archiver.index.search.days import day_of
from archiver.index.search.selection import SearchQuery, check
from archiver.index.search.word_list import read_word_list

FILTERS = tuple(field.name for field in fields(SearchQuery) if field.name != "text")
_TEXTS = ("site", "language", "section", "author", "tag", "regex")
_SWITCHES = ("stem", "exact", "edited", "gone", "collapse")
_SMALLEST = {"sample": 1, "limit": 0, "offset": 0, "seed": None}  # None: any integer


def query_of_arguments(words: str, filters: dict[str, Any]) -> tuple[SearchQuery, list[str]]:
    """The query, without a limit unless one is given, and notes on its word list. None means the default.

    Raises TypeError for an unknown filter, UsageError for a value of the wrong type, an invalid date, period or order,
    and QueryError for words with a syntax error.
    """
    given = {"language" if name == "lang" else name: value for name, value in filters.items()}
    for name in given:
        if name not in FILTERS:
            guess = did_you_mean(name, [*FILTERS, "lang"]) or f"use one of {', '.join(FILTERS)}"
            raise TypeError(f"{name!r} is not a filter: {guess}")
    if not isinstance(words, str):
        raise _wrong("the query", words, "text")
    notes: list[str] = []
    values = {name: _value(name, value, notes) for name, value in given.items() if value is not None}
    query = SearchQuery(text=words, **({"limit": None} | values))
    if query.since and query.until and query.since > query.until:
        raise UsageError(f"since {query.since} is after until {query.until}", "swap them")
    if query.sort not in ("relevance", "date"):
        raise UsageError(f"stories can't be sorted by {query.sort!r}", "use relevance or date")
    check(query)
    return query, notes


def _value(name: str, value: Any, notes: list[str]) -> Any:
    if name in _TEXTS and not isinstance(value, str):
        raise _wrong(name, value, "text")
    if name in _SWITCHES and not isinstance(value, bool):
        raise _wrong(name, value, "True or False")
    if name in ("since", "until"):
        return _day(name, value)
    if name in _SMALLEST:
        return _number(name, value)
    if name == "ids":
        return tuple(_number("an ID in ids", number) for number in _several(name, value, "a list of story IDs"))
    return _words(value, notes) if name == "word_list" else value


def _day(name: str, value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str | int):
        raise _wrong(name, value, 'a date, or text such as "2024-05"')
    return day_of(str(value), name, last=name == "until")


def _number(name: str, value: Any) -> int:
    smallest = _SMALLEST.get(name)
    takes = "an integer" if smallest is None else f"an integer of at least {smallest}"
    try:
        number = index(value)
    except TypeError as error:
        raise _wrong(name, value, takes) from error
    if isinstance(value, bool) or (smallest is not None and number < smallest):
        raise _wrong(name, value, takes)
    return number


def _words(value: Any, notes: list[str]) -> tuple[str, ...]:
    takes = "a list of words and phrases, or the path of a file with one per line"
    if isinstance(value, str | Path):
        entries, found = read_word_list(Path(value).expanduser())
        notes += found
        return entries
    entries = tuple(_several("word_list", value, takes))
    if any(not isinstance(entry, str) for entry in entries):
        raise _wrong("word_list", value, takes)
    return entries


def _several(name: str, value: Any, takes: str) -> Iterable[Any]:
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise _wrong(name, value, takes)
    return value


def _wrong(name: str, value: Any, takes: str) -> UsageError:
    shown = repr(value)
    return UsageError(f"{name} can't be {shown if len(shown) <= 80 else shown[:79] + '…'}", f"it takes {takes}")
