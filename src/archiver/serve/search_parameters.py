"""A search as the parameters of a URL."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal
from urllib.parse import urlencode

from archiver.errors import nearest
from archiver.index.read import story_reader
from archiver.index.schema.connection import Index
from archiver.index.search.days import day_of
from archiver.index.search.known_values import unknown_values
from archiver.index.search.selection import SearchQuery
from archiver.printable import plain
from archiver.serve.parameters import ANY, DAY, ON, Kind, Parameters, Problem

PAGE = 20  # hits on a page
LAST_PAGE = 500  # skipping a million hits costs as much as showing them
_SWITCHES = ("stem", "exact", "edited", "gone", "collapse")
_SHOWN = ("q", "sort", "stem", "exact", "plot")  # parameters that are not filters
_WORDS = ("site", "section", "language", "author", "tag", "regex")
FILTERS: dict[str, Kind] = {  # parameters that select stories, with their kinds
    **dict.fromkeys(_WORDS, ANY),
    "since": DAY,
    "until": DAY,
    **dict.fromkeys(_SWITCHES, ON),
}


@dataclass(frozen=True, slots=True)
class SearchParameters:
    """The parameters of the search page, as in its form and links."""

    parameters: dict[str, str]  # by name; without `page`
    query: SearchQuery
    page: int = 1
    problems: tuple[Problem, ...] = ()  # if there are any, nothing is searched

    def link(self, **changes: str | int | None) -> str:
        """The query string of this search with some parameters changed; None removes one. Starts at page 1."""
        return link({**self.parameters, **changes})

    def has(self, name: str, value: str) -> bool:
        """Whether this search has a filter for a value."""
        return self.parameters.get(name, "").casefold() == value.casefold()

    @property
    def filters(self) -> dict[str, str]:
        """The active filters, by name."""
        return {name: value for name, value in self.parameters.items() if name not in _SHOWN}

    def flags(self) -> list[str]:
        """The filters and switches as options of a command."""
        flags = []
        for name in (name for name in FILTERS if name in self.parameters):
            value = "" if name in _SWITCHES else f"={plain(self.parameters[name])}"
            flags.append(f"--{'lang' if name == 'language' else name}{value}")
        return flags

    def command(self, program: list[str], verb: str, *more: str) -> str:
        """The same search as a command."""
        flags = [*self.flags(), *(["--sort=date"] if self.query.sort == "date" and verb == "search" else [])]
        words = [plain(self.query.text)] if self.query.text else []
        return shlex.join(
            [*program, verb, *flags, *(["--"] if words and words[0].startswith("-") else []), *more, *words]
        )


def link(parameters: Mapping[str, str | int | None]) -> str:
    """The query string for all parameters that are not empty."""
    return "?" + urlencode([(name, value) for name, value in parameters.items() if value not in (None, "")])


def parameters_of(given: Parameters) -> SearchParameters:
    """The search for these parameters. Those with a problem are shown in their field, and nothing is searched."""
    names = (name for name in ("q", *FILTERS, "sort", "plot") if name in given.values)
    parameters = {name: "1" if name in _SWITCHES else given.values[name] for name in names}
    days = {name: _day(given, name) for name in ("since", "until")}
    sort: Literal["relevance", "date"] = "date" if given.values.get("sort") == "date" else "relevance"
    if sort == "relevance":
        parameters.pop("sort", None)
    page = given.number("page", 1)
    query = SearchQuery(
        text=given.values.get("q", ""),
        sort=sort,
        limit=PAGE,
        offset=(page - 1) * PAGE,
        since=days["since"],
        until=days["until"],
        site=given.values.get("site"),
        section=given.values.get("section"),
        language=given.values.get("language"),
        author=given.values.get("author"),
        tag=given.values.get("tag"),
        regex=given.values.get("regex"),
        stem="stem" in parameters,
        exact="exact" in parameters,
        edited="edited" in parameters,
        gone="gone" in parameters,
        collapse="collapse" in parameters,
    )
    problems = list(given.problems)
    if query.since and query.until and query.since > query.until:
        problems.append(Problem("bad_period", "until", given.values["until"], given.values["since"]))
    wrong = {problem.name: problem.value for problem in given.problems if problem.name in FILTERS}
    return SearchParameters(parameters | wrong, query, page, tuple(problems))


def unknown(db: Index, query: SearchQuery) -> Problem | None:
    """A site or language, as a filter or in the text, that the archive doesn't have and because of which nothing can
    match (as on the command line)."""
    sites, languages = story_reader.site_names(db), story_reader.languages(db)
    for found in unknown_values(query, sites, languages):
        if not found.decides:
            continue
        if found.what == "site":
            meant = story_reader.site_at(db, found.value) or nearest(found.value, sites)
            return Problem("unknown_site", "site", found.value, meant)
        return Problem("unknown_language", "language", found.value, nearest(found.value, languages))
    return None


def _day(given: Parameters, name: str) -> date | None:
    return day_of(given.values[name], name, last=name == "until") if name in given.values else None
