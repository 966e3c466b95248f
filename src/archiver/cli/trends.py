"""`archiver trends`: several queries over time, as counts and as shares of all stories."""

from __future__ import annotations

from typing import Any, get_args

import click

from archiver.cli.app import App, only_one_of, print_json
from archiver.cli.choosing import check_choice, choosing, only_once, query_of
from archiver.cli.readable import print_csv, print_table
from archiver.errors import UsageError
from archiver.index.database import open_reader
from archiver.index.search.hits import Grouping
from archiver.index.search.trends import Slice, trends
from archiver.printable import plain


@click.command("trends")
@click.argument("queries", metavar="QUERY", nargs=-1)
@choosing
@click.option(
    "--by",
    "grouping",
    type=click.Choice(get_args(Grouping)),
    multiple=True,
    callback=only_once,
    default=["month"],
    show_default="month",
    help="Slices.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: one object per period or group, with all queries.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV: one row per period or group and query.")
@click.option("--raw-csv", is_flag=True, help="CSV for programs: no apostrophe before what a spreadsheet would run.")
@click.pass_obj
def command(
    app: App, /, queries: tuple[str, ...], grouping: Grouping, as_json: bool, as_csv: bool, raw_csv: bool, **choice: Any
) -> None:
    """Compare queries over time: the number of stories each finds, and their share of all stories of the period.

    Each QUERY is one argument; with --words or --regex none is needed. "All stories" are those that pass the filters
    (--site, --since, …); a field within a QUERY is part of the query. Periods without a story are left out. With --by
    author, a story with two authors counts for both.

    \b
    Examples:  archiver trends 'ferry OR boat' bridge --by month
               archiver trends election --stem --by week --site example --csv
               archiver trends 'title:strike' 'text:strike' --by year --json
    """
    only_one_of("as_json", "as_csv")
    only_one_of("as_json", "raw_csv")
    as_csv = as_csv or raw_csv
    app.archive.require()
    if not queries:
        named = choice["word_list"] or choice["regex"]
        if named is None:
            raise UsageError("no query was given", "give one or more, or --words FILE, or --regex RE")
        asked, queries = [query_of((), choice)], (str(named),)
    else:
        asked = [query_of((query,), choice) for query in queries]
    with open_reader(app.archive.index) as db:
        check_choice(app, db, *asked)
        found = trends(db, asked, grouping)
    if as_json:
        slices = [
            {grouping: part.key, "total": part.total, "counts": part.counts, "shares": _rounded(part)} for part in found
        ]
        print_json({"by": grouping, "queries": queries, "slices": slices})
    elif as_csv:
        print_csv(
            (grouping, "query", "count", "total", "share"),
            (
                {grouping: part.key, "query": query, "count": count, "total": part.total, "share": share}
                for part in found
                for query, count, share in zip(queries, part.counts, _rounded(part), strict=True)
            ),
        )
    else:
        names = [name for query in queries for name in (plain(query) or "no words", "share")]
        rows = ((part.key or "none", part.total, *(cell for pair in _cells(part) for cell in pair)) for part in found)
        print_table((grouping, "all stories", *names), rows)


def _rounded(part: Slice) -> tuple[float, ...]:
    return tuple(round(share, 6) for share in part.shares)


def _cells(part: Slice) -> list[tuple[int, str]]:
    return [(count, f"{share:.1%}") for count, share in zip(part.counts, part.shares, strict=True)]
