"""The parameters of a URL. All of them are untrusted: invalid values are reported and ignored."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal
from urllib.parse import parse_qsl, urlencode

from archiver.errors import UsageError
from archiver.index.search.days import day_of
from archiver.index.search.selection import SearchQuery
from archiver.printable import plain

PAGE = 20  # hits on a page
LAST_PAGE = 500  # skipping a million hits costs as much as showing them
_DAY = re.compile(r"[0-9]{4}(-[0-9]{1,2}){0,2}")
_SWITCHES = ("stem", "exact", "edited", "gone", "collapse")
_SHOWN = ("q", "sort", "stem", "exact", "plot")  # parameters that are not filters
_WORDS = ("site", "section", "language", "author", "tag", "regex")


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of the search page, as in its form and links."""

    parameters: dict[str, str]  # those with a meaning, by name; without `page`
    query: SearchQuery
    page: int = 1
    problem: tuple[str, str] | None = None  # name and value of an invalid date

    def link(self, **changes: str | int | None) -> str:
        """The query string of this search with some parameters changed; None removes one. Starts at page 1."""
        return link({**self.parameters, **changes})

    def has(self, name: str, value: str) -> bool:
        """Whether this search has a filter for a value."""
        return self.parameters.get(name, "").casefold() == value.casefold()

    @property
    def narrowed(self) -> bool:
        """Whether there is any filter."""
        return bool(self.filters)

    @property
    def filters(self) -> dict[str, str]:
        """The active filters, by name."""
        return {name: value for name, value in self.parameters.items() if name not in (*_SHOWN, *self.unused)}

    @property
    def unused(self) -> tuple[str, ...]:
        """The invalid date, which is shown in its field but not used as a filter."""
        return self.problem[:1] if self.problem else ()

    def command(self, program: list[str], verb: str, *more: str) -> str:
        """The same search as a command."""
        flags: list[str] = []
        for name, value in self.parameters.items():
            if name in self.unused:
                continue
            if name in _SWITCHES:
                flags.append(f"--{name}")
            elif name in (*_WORDS, "since", "until") or (name == "sort" and verb == "search"):
                flags.append(f"--{'lang' if name == 'language' else name}={plain(value)}")
        words = [plain(self.query.text)] if self.query.text else []
        return shlex.join(
            [*program, verb, *flags, *(["--"] if words and words[0].startswith("-") else []), *more, *words]
        )


def link(parameters: Mapping[str, str | int | None]) -> str:
    """The query string for all parameters that are not empty."""
    return "?" + urlencode([(name, value) for name, value in parameters.items() if value not in (None, "")])


def parsed(query_string: str) -> dict[str, str]:
    """The parameters of a URL; of several with the same name, the last one counts."""
    return dict(parse_qsl(query_string, keep_blank_values=True, errors="replace"))


def asked(parameters: dict[str, str]) -> Asked:
    """The search for these parameters. An invalid date is left out and kept in `problem`."""
    given = {name: parameters[name].strip() for name in ("q", *_WORDS, "since", "until") if parameters.get(name)}
    given = {name: value for name, value in given.items() if value}
    given |= {name: "1" for name in _SWITCHES if parameters.get(name) in ("1", "on")}
    sort: Literal["relevance", "date"] = "date" if parameters.get("sort") == "date" else "relevance"
    if sort == "date":
        given["sort"] = sort
    if parameters.get("plot") == "share":
        given["plot"] = "share"
    days: dict[str, date] = {}
    problem = None
    for name in ("since", "until"):
        if name in given:
            try:
                days[name] = _day(given[name], last=name == "until")
            except UsageError:
                problem = (name, given[name])
    page = number(parameters.get("page"), 1, LAST_PAGE)
    query = SearchQuery(
        text=given.get("q", ""),
        sort=sort,
        limit=PAGE,
        offset=(page - 1) * PAGE,
        since=days.get("since"),
        until=days.get("until"),
        site=given.get("site"),
        section=given.get("section"),
        language=given.get("language"),
        author=given.get("author"),
        tag=given.get("tag"),
        regex=given.get("regex"),
        stem="stem" in given,
        exact="exact" in given,
        edited="edited" in given,
        gone="gone" in given,
        collapse="collapse" in given,
    )
    return Asked(given, query, page, problem)


def number(text: str | None, default: int, most: int) -> int:
    """A number from 1 to `most`; the default if the text is not a number."""
    if not text or not re.fullmatch(r"[0-9]{1,9}", text):
        return default
    return min(max(int(text), 1), most)


def _day(text: str, *, last: bool) -> date:
    if not _DAY.fullmatch(text):
        raise UsageError(f"{text!r} is not a date")
    return day_of(text, "date", last=last)
