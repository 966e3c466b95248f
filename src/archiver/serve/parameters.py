"""Reads the parameters of a URL. Unknown or invalid ones become a `Problem` that the page shows, with status 400 and
without results: a misspelled filter must not look like a result without it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from archiver.errors import UsageError, nearest
from archiver.index.search.days import day_of
from archiver.serve.texts import LANGUAGES

_DAY = re.compile(r"[0-9]{4}(-[0-9]{1,2}){0,2}")
_NUMBER = re.compile(r"[0-9]{1,9}")
# Appended to shared links by mail programs and social networks: they record where a reader came from.
_ADDED_BY_OTHERS = re.compile(r"utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|ref_src", re.IGNORECASE)

ANY = None  # a kind of parameter: any text
DAY = "day"  # a year, month or day
ON = ("1", "on")  # a switch, as a form sends it
Kind = str | int | tuple[str, ...] | None  # ANY, DAY, the largest number, or the possible values


@dataclass(frozen=True, slots=True)
class Problem:
    """A parameter that can't be used: the key of the message in `texts`, and the values of the message."""

    key: str
    name: str
    value: str = ""
    hint: str = ""  # the possible values, or the most similar name

    @property
    def values(self) -> dict[str, Any]:
        """The values in the message."""
        return {"name": self.name, "value": self.value, "hint": self.hint}


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of a request: usable values by name, and all problems."""

    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of parameters that may be repeated
    problems: tuple[Problem, ...] = ()

    def number(self, name: str, default: int) -> int:
        """A number parameter that has a maximum."""
        return int(self.values.get(name, default))


def read(query_string: str, known: Mapping[str, Kind], repeatable: Mapping[str, int] | None = None) -> Parameters:
    """The parameters of a page: the known ones with their kinds by name, and how often some may be repeated.

    Empty parameters, as forms send them, count as not given. So do those that others append to shared links.
    """
    kinds = {**known, "lang": LANGUAGES}
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(query_string, keep_blank_values=True, errors="replace"):
        if (stripped := value.strip()) and not _ADDED_BY_OTHERS.fullmatch(name):
            found.setdefault(name, []).append(stripped)
    problems: list[Problem] = []
    values: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    for name, given in found.items():
        if name in (repeatable or {}):
            lists[name] = tuple(given)
        problem = _problem(name, given, kinds, (repeatable or {}).get(name, 0))
        if problem is None:
            values[name] = given[-1]
        else:
            problems.append(problem)
    return Parameters(values, lists, tuple(problems))


def _problem(name: str, given: list[str], kinds: Mapping[str, Kind], times: int) -> Problem | None:
    if name not in kinds:
        return Problem("unknown_parameter", name, given[-1], nearest(name, kinds))
    if times:
        return Problem("too_often", name, str(len(given)), str(times)) if len(given) > times else None
    if len(set(given)) > 1:
        return Problem("repeated_parameter", name, given[-1])
    return _unusable(name, given[-1], kinds[name])


def _unusable(name: str, value: str, kind: Kind) -> Problem | None:
    if name == "lang" and value not in LANGUAGES:
        return Problem("bad_language", name, value, ", ".join(LANGUAGES))
    if kind == DAY:
        return None if _is_day(value) else Problem("bad_date", name, value)
    if isinstance(kind, int):
        fits = _NUMBER.fullmatch(value) and 1 <= int(value) <= kind
        return None if fits else Problem("bad_number", name, value, str(kind))
    if isinstance(kind, tuple) and value not in kind:
        return Problem("bad_value", name, value, ", ".join(kind))
    return None


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text)) and bool(day_of(text, "date"))
    except UsageError:
        return False
