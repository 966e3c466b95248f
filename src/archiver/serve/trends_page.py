"""The page that compares queries over time: counts or shares of all stories, as lines and as a table."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import Any, Literal, cast
from urllib.parse import parse_qsl, urlencode

from datasette import Response

from archiver.errors import UsageError
from archiver.index.search.selection import check
from archiver.index.search.trends import Slice, trends
from archiver.printable import plain
from archiver.serve.archive import Served
from archiver.serve.asked import asked, parsed
from archiver.serve.plot import TALL, WIDTH, lines
from archiver.serve.rendering import page

MOST = 4  # queries: as many lines as can be distinguished
_STEPS = ("month", "year", "week", "day")


@dataclass(frozen=True, slots=True)
class Line:
    """One query: its line, and its slices as (count, share)."""

    query: str
    points: str
    total: int


async def trends_page(served: Served, request: Any) -> Response:
    """`/trends?q=a&q=b`: up to four queries; `by` month, year, week or day; `count=1` for numbers instead of shares."""
    given = parsed(request.query_string)
    pairs = parse_qsl(request.query_string, keep_blank_values=True, errors="replace")
    queries = [value.strip() for name, value in pairs if name == "q" and value.strip()][:MOST]
    by = cast(Literal["month", "year", "week", "day"], given["by"] if given.get("by") in _STEPS else "month")
    counted = given.get("count") == "1"
    filters = asked({name: value for name, value in given.items() if name != "q"})
    base = replace(filters.query, limit=None, offset=0, sort="relevance")
    wanted = [replace(base, text=query) for query in queries]
    trouble = None
    slices: list[Slice] = []
    try:
        for query in wanted:
            check(query)
    except UsageError as error:
        trouble = error
    if wanted and not trouble:
        slices = [part for part in await served.ask(lambda db: trends(db, wanted, by)) if part.key]
    series = [[part.counts[at] if counted else part.shares[at] for part in slices] for at in range(len(queries))]
    drawn = lines([str(part.key) for part in slices], series)
    return page(
        served,
        request,
        "trends.html",
        400 if trouble or filters.problem else 200,
        queries=queries,
        most_queries=MOST,
        by=by,
        steps=_STEPS,
        counted=counted,
        asked=filters,
        trouble=trouble,
        slices=slices,
        drawn=[
            Line(query, points, sum(part.counts[place] for part in slices))
            for place, (query, points) in enumerate(zip(queries, drawn, strict=True))
        ],
        most=_most(slices, counted=counted),
        size=(WIDTH, TALL),
        other=_link(queries, filters.parameters, by, counted=not counted),
        command=shlex.join(_command(served, queries, filters.parameters, by)) if queries else "",
    )


def _most(slices: list[Slice], *, counted: bool) -> float:
    return max((value for part in slices for value in (part.counts if counted else part.shares)), default=0)


def _link(queries: list[str], filters: dict[str, str], by: str, *, counted: bool) -> str:
    pairs = [*(("q", query) for query in queries), *filters.items(), ("by", by), *([("count", "1")] if counted else [])]
    return "?" + urlencode(pairs)


def _command(served: Served, queries: list[str], filters: dict[str, str], by: str) -> list[str]:
    names = {"language": "lang"}
    flags = [
        f"--{names.get(name, name)}={plain(value)}"
        for name, value in filters.items()
        if name in ("site", "language", "section", "since", "until", "author", "tag", "regex")
    ]
    switches = [f"--{name}" for name in ("stem", "exact", "edited", "gone", "collapse") if name in filters]
    words = [plain(query) for query in queries]
    return [*served.command, "trends", *flags, *switches, f"--by={by}", "--csv", "--", *words]
