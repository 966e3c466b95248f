"""The page that compares queries: counts or shares of all stories, over time also as lines, and as a table."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, cast, get_args
from urllib.parse import urlencode

from datasette import Response

from archiver.errors import QueryError, UsageError
from archiver.index.read.filter_values import without_story
from archiver.index.schema.connection import Index
from archiver.index.search.hits import TIMES, Grouping
from archiver.index.search.selection import SearchQuery, check, notes_of
from archiver.index.search.trends import Slice, trends
from archiver.printable import plain
from archiver.serve.archive import Served
from archiver.serve.parameters import ANY, Kind, Problem, read
from archiver.serve.plot import TALL, WIDTH, Stretch, lines
from archiver.serve.rendering import page
from archiver.serve.search_parameters import FILTERS, SearchParameters, parameters_of, unknown

MOST = 4  # queries: as many lines as can be distinguished
_STEPS: tuple[Grouping, ...] = ("month", "year", "week", "day", "site", "section", "language", "author", "tag")
_KNOWN: dict[str, Kind] = {"q": ANY, **FILTERS, "by": get_args(Grouping), "count": ("1",)}
_ROWS = 500  # of a table by author or tag; the command line has them all
_IN_FORM = ("since", "until", "site", "language")


@dataclass(frozen=True, slots=True)
class Line:
    """One query: its line over time in stretches (none for other slices), and the number of its stories."""

    query: str
    stretches: list[Stretch]
    total: int


async def trends_page(served: Served, request: Any) -> Response:
    """`/trends?q=a&q=b`: up to four queries; `by` month, year, site, …; `count=1` for numbers instead of shares; the
    filters of the search page.
    """
    given = read(request.query_string, _KNOWN, {"q": MOST})
    queries = list(given.lists.get("q", ()))
    by = cast(Grouping, given.values.get("by", "month"))
    counted = "count" in given.values
    filters = parameters_of(given)
    base = replace(filters.query, limit=None, offset=0)
    wanted = [replace(base, text=query) for query in queries]
    trouble = _trouble(wanted)
    problems, slices, missing = filters.problems, list[Slice](), list[str]()
    if wanted and not trouble and not problems:
        answer = await served.ask(lambda db: _compared(db, wanted, by))
        if isinstance(answer, Problem):
            problems = (answer,)
        else:
            slices, missing = answer
    dated = [part for part in slices if part.key]
    over_time = by in TIMES
    drawn = lines([str(part.key) for part in dated], _series(dated, len(queries), counted=counted)) if over_time else []
    selecting = {name: value for name, value in filters.parameters.items() if name in FILTERS}
    return page(
        served,
        request,
        "trends.html",
        400 if trouble or problems else 200,
        queries=queries[:MOST],
        most_queries=MOST,
        by=by,
        steps=_STEPS,
        counted=counted,
        given=selecting,
        hidden={name: value for name, value in selecting.items() if name not in _IN_FORM},
        links={name: _link(queries, {**selecting, name: ""}, by, counted=counted) for name in selecting},
        problems=problems,
        trouble=trouble,
        place=trouble.place if isinstance(trouble, QueryError) else "",
        notes=() if trouble else dict.fromkeys([*(note for query in wanted for note in notes_of(query)), *missing]),
        slices=slices[:_ROWS] if not over_time else slices,
        dated=dated,
        rows=len(slices),
        over_time=over_time,
        drawn=[
            Line(query, drawn[place] if over_time else [], sum(part.counts[place] for part in slices))
            for place, query in enumerate(queries[:MOST])
        ],
        most=_most(dated, counted=counted),
        size=(WIDTH, TALL),
        other=_link(queries, selecting, by, counted=not counted),
        command=shlex.join(_command(served, queries, filters, by)) if queries and not problems and not trouble else "",
    )


def _trouble(queries: Iterable[SearchQuery]) -> UsageError | None:
    """Why one of the queries can't be run."""
    try:
        for query in queries:
            check(query)
    except UsageError as error:
        return error
    return None


def _compared(db: Index, queries: list[SearchQuery], by: Grouping) -> tuple[list[Slice], list[str]] | Problem:
    """The slices, and notes about values that no story has."""
    problem = next((found for query in queries if (found := unknown(db, query)) is not None), None)
    if problem is not None:
        return problem
    return trends(db, queries, by), [note for query in queries for note in without_story(db, query)]


def _series(slices: list[Slice], queries: int, *, counted: bool) -> list[list[float]]:
    return [[part.counts[at] if counted else part.shares[at] for part in slices] for at in range(queries)]


def _most(slices: list[Slice], *, counted: bool) -> float:
    return max((value for part in slices for value in (part.counts if counted else part.shares)), default=0)


def _link(queries: list[str], filters: dict[str, str], by: str, *, counted: bool) -> str:
    selecting = [(name, value) for name, value in filters.items() if value]
    pairs = [*(("q", query) for query in queries), *selecting, ("by", by), *([("count", "1")] if counted else [])]
    return "?" + urlencode(pairs)


def _command(served: Served, queries: list[str], filters: SearchParameters, by: str) -> list[str]:
    words = [plain(query) for query in queries]
    return [*served.command, "trends", *filters.flags(), f"--by={by}", "--csv", "--", *words]
