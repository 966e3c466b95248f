"""The search page: hits, facets, stories over time, and links to the same search in other forms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from datasette import Response

from archiver.errors import QueryError, UsageError
from archiver.index.read.filter_values import without_story
from archiver.index.schema.connection import Index
from archiver.index.search.facet_counts import AUTHORS_OF, Counts, Facets, facets, statement
from archiver.index.search.hits import count_by, search
from archiver.index.search.selection import SearchQuery, check, is_ranked, notes_of
from archiver.index.search.trends import all_of
from archiver.model import Hit
from archiver.serve.archive import Served, TooSlowError
from archiver.serve.parameters import ANY, Kind, Problem, read
from archiver.serve.plot import HEIGHT, WIDTH, plot
from archiver.serve.rendering import page
from archiver.serve.search_parameters import FILTERS, LAST_PAGE, PAGE, SearchParameters, parameters_of, unknown
from archiver.serve.start_page import start_page

_SHOWN = 8  # values of a facet that are shown
_MOST = 60  # and after a click
_FACETS_MS = 1000  # seconds; facets are less important than the hits
_KNOWN: dict[str, Kind] = {
    "q": ANY,
    **FILTERS,
    "sort": ("relevance", "date"),
    "plot": ("share",),
    "page": LAST_PAGE,
}


@dataclass(frozen=True, slots=True)
class Found:
    """What a search page shows."""

    hits: list[Hit]
    more: bool  # whether there is a next page
    facets: Facets | None  # None: not within the time limit
    sql: tuple[str, dict[str, str]] | None
    notes: tuple[str, ...] = ()  # values in the query that no story has
    months: dict[str, int] | None = None  # of all stories that pass the filters, if shares are requested


NOTHING = Found([], False, Facets(0), None)


async def search_page(served: Served, request: Any) -> Response:
    """`/`: a search; without a query the newest stories. A query with a syntax error is shown with the place."""
    pairs = parse_qsl(request.query_string, keep_blank_values=True, errors="replace")
    filled = [pair for pair in pairs if pair[1]]
    if filled != pairs:  # a form also sends its empty fields, which a URL for sharing and citing should not have
        return Response.redirect(served.url("/") + (f"?{urlencode(filled)}" if filled else ""))
    wanted = parameters_of(read(request.query_string, _KNOWN))
    trouble = _trouble(wanted.query)
    problems = wanted.problems
    share = wanted.parameters.get("plot") == "share"
    found = NOTHING
    if not problems and not trouble:
        answer = await served.ask(lambda db: _found(served, db, wanted.query, share=share))
        problems, found = ((answer,), NOTHING) if isinstance(answer, Problem) else ((), answer)
    at_home = all(name == "lang" for name, _ in pairs)
    return page(
        served,
        request,
        "search.html",
        400 if problems or trouble else 200,
        asked=wanted,
        problems=problems,
        trouble=trouble,
        place=trouble.place if isinstance(trouble, QueryError) else "",
        notes=() if trouble else (*notes_of(wanted.query), *found.notes),
        found=found,
        groups=[] if problems or trouble else _groups(wanted, found.facets),
        authors_of=AUTHORS_OF,
        plot=plot(found.facets.months, found.months) if found.facets else None,
        glance=await served.ask(lambda db: start_page(served, db)) if at_home else None,
        at_home=at_home,
        has_words=bool(wanted.query.text or wanted.query.regex),
        size=(WIDTH, HEIGHT),
        first=(wanted.page - 1) * PAGE + 1,
        last_page=LAST_PAGE,
        links=_links(served, found),
        comparison={name: value for name, value in wanted.parameters.items() if name not in ("sort", "plot")},
        order="by_date" if trouble else _order(wanted.query, found.hits),
        commands=(
            wanted.command(served.command, "search", "--limit=0", "--json"),
            wanted.command(served.command, "export", "stories.csv"),
        ),
    )


def _trouble(query: SearchQuery) -> UsageError | None:
    """Why a query can't be run."""
    try:
        check(query)
    except UsageError as error:
        return error
    return None


def _order(query: SearchQuery, hits: list[Hit]) -> str:
    """The order of the hits, as a key of `texts`. Only hits that were scored have a score."""
    if query.sort == "date" or not is_ranked(query):
        return "by_date"
    return "by_relevance" if any(hit.score for hit in hits) else "by_headline"


def _found(served: Served, db: Index, query: SearchQuery, *, share: bool) -> Found | Problem:
    if (problem := unknown(db, query)) is not None:
        return problem
    hits = search(db, replace(query, limit=PAGE + 1))
    sql = statement(db, query)
    months = None
    try:
        with served.limited(db, _FACETS_MS):  # with a separate time limit: the hits are already there
            common = facets(db, query)
            if share:
                months = {month: count for month, count in count_by(db, all_of(db, [query]), "month") if month}
    except TooSlowError:
        common = None
    return Found(hits[:PAGE], len(hits) > PAGE, common, sql, tuple(without_story(db, query)), months)


@dataclass(frozen=True, slots=True)
class Group:
    """A facet: its parameter, its key in `texts`, its shown values and those shown after a click."""

    parameter: str
    title: str
    shown: Counts
    rest: Counts


def _groups(wanted: SearchParameters, common: Facets | None) -> list[Group]:
    if common is None:
        return []
    found = (
        ("site", "site", common.sites),
        ("section", "section", common.sections),
        ("language", "story_language", common.languages),
        ("author", "author", common.authors or ()),
    )
    # A single site or language is no choice, but an active filter must be removable.
    groups = [
        Group(name, title, counts[:_SHOWN], counts[_SHOWN:_MOST])
        for name, title, counts in found
        if len(counts) > 1 or name in wanted.parameters
    ]
    if common.copies or "collapse" in wanted.parameters:
        groups.append(Group("collapse", "copies", (("1", common.count - (common.copies or 0)),), ()))
    return groups


def _links(served: Served, found: Found) -> dict[str, str]:
    """The same search in Datasette: as SQL, JSON and CSV."""
    if found.sql is None:
        return {}
    sql, values = found.sql
    shape = {**values, "_shape": "objects"}
    return {
        "SQL": served.sql_url(sql, values),
        "JSON": served.sql_url(sql, shape, "json"),
        "CSV": served.sql_url(sql, values, "csv"),
    }
