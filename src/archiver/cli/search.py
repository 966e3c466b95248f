"""`archiver search`: ranked full-text search with filters, for people and programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from typing import Any, get_args

import click

from archiver.cli.app import App, only_one_of, print_json
from archiver.cli.choosing import check_choice, choosing, only_once, query_of
from archiver.cli.readable import bar, print_csv, print_table, when
from archiver.errors import UsageError
from archiver.index.database import open_reader, open_writer
from archiver.index.search.concordance import WIDTH, Line, concordance
from archiver.index.search.explain import Explanation
from archiver.index.search.explain import explain as explained
from archiver.index.search.hits import Grouping, SearchQuery, count, headlines_first, iter_search, search
from archiver.index.search.saved_searches import SavedSearches, check_name, matching, query_json
from archiver.index.search.trends import Slice, trends
from archiver.model import Hit
from archiver.printable import plain

_START, _END = "\ue000", "\ue001"
_LONGEST = 200  # characters of a line
_COLUMNS = ("id", "url", "title", "site", "section", "language", "authors", "date", "snippet", "score")


@click.command("search")
@click.argument("words", metavar="QUERY", nargs=-1)
@choosing
@click.option("--sort", type=click.Choice(["relevance", "date"]), default="relevance", show_default=True, help="Order.")
@click.option(
    "--limit", type=click.IntRange(min=0), default=20, show_default=True, help="Show at most this many; 0: all."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--raw-csv", is_flag=True, help="CSV for programs: no apostrophe before what a spreadsheet would run.")
@click.option("--count", "only_count", is_flag=True, help="Print only the number of matches.")
@click.option("--explain", is_flag=True, help="Print how the query is understood, and the number of matches.")
@click.option(
    "--by",
    "grouping",
    type=click.Choice(get_args(Grouping)),
    multiple=True,
    callback=only_once,
    help="Print the number of matches per month, site, …, and their share of all stories there.",
)
@click.option(
    "--kwic",
    is_flag=True,
    help="Print each match in its context, one per line (a concordance); --limit counts stories.",
)
@click.option("--save", metavar="NAME", help="Save this search under a name; the stories it finds now count as seen.")
@click.option("--force", is_flag=True, help="With --save: replace another search that has this name.")
@click.option(
    "--new",
    metavar="[NAME]",
    is_flag=False,
    flag_value="",
    help="Print the stories of a saved search that it has not shown yet. Without NAME: list the saved searches.",
)
@click.option("--forget", metavar="NAME", help="Delete a saved search.")
@click.pass_obj
def command(
    app: App,
    /,
    words: tuple[str, ...],
    sort: Any,
    limit: int,
    as_json: bool,
    as_csv: bool,
    raw_csv: bool,
    only_count: bool,
    explain: bool,
    grouping: Grouping | None,
    kwic: bool,
    save: str | None,
    force: bool,
    new: str | None,
    forget: str | None,
    **choice: Any,
) -> None:
    """Search the stories. Without a query, the newest stories are listed.

    \b
    city council             both words, anywhere in a story: title, text, authors, tags
    "city council"           as a phrase; put it into '…', or the shell removes the quotes
    council*                 all words with this prefix; --stem finds all forms of a word
    ferry AND (toll OR fare) nested brackets are fine; AND, OR and NOT only in capitals
    ferry NOT toll           excludes a word
    NEAR(ferry toll, 5)      at most 5 words between them; also "ferry toll"~5
    title:ferry              fields: title: text: author: section: site: lang: tag: date:
    date:2024-01..2024-03    published in these months

    A query without AND, OR, NOT, NEAR or a field is plain words: other syntax is ignored, with a note on stderr. A
    query with a syntax error ends with exit code 2 and shows the place. docs/search.md describes the whole language.

    The best matches come first. If there are more than 20,000, headline matches come first, newest first within each
    group. Accents and case don't matter, except with --exact. Write -- before a query that starts with a dash: archiver
    search -- -toll

    Saved searches are for cron: `archiver search --new NAME` prints each story once, and nothing if there is none.
    `archiver search --new` lists them.

    \b
    Examples:  archiver search 'city council' --since 2024 --lang en
               archiver search educación --stem --by month
               archiver search '"sanctuary city" NOT police' --json
               archiver search ferry --save ferry; archiver search --new ferry
    """
    only_one_of("as_json", "as_csv")
    only_one_of("as_json", "raw_csv")
    as_csv = as_csv or raw_csv
    only_one_of("only_count", "grouping", "kwic", "save", "new", "forget")
    only_one_of("explain", "grouping", "kwic", "save", "new", "forget")
    only_one_of("only_count", "as_csv")
    app.archive.require()
    query = query_of(words, choice, sort=sort, limit=limit or None)
    check_name(save)
    if forget is not None or new is not None:
        if words or any(choice.values()):
            raise UsageError("a saved search has its own words and filters", "give --new or --forget only the name")
        _forget(app, forget) if forget is not None else _print_new(app, new or "", as_json, as_csv)
        return
    if save is not None and not force:
        _refuse_another(app, save, replace(query, limit=None))
    with open_reader(app.archive.index) as db:
        check_choice(app, db, query)
        if grouping is not None:
            _print_slices(trends(db, [query], grouping), grouping, as_json, as_csv)
        elif kwic:
            _print_concordance(concordance(db, query), as_json, as_csv)
        elif explain:
            _print_explanation(explained(db, query), count(db, query), as_json)
        elif only_count:
            number = count(db, query)
            print_json({"count": number}) if as_json else click.echo(number)
        elif as_json or as_csv:
            _print_rows([hit_json(hit) for hit in iter_search(db, query)], as_json)
        else:
            hits = search(db, query)
            total = count(db, query)
            print_hits(hits, total)
            if not total and query.text and not app.quiet:
                forms = "" if query.stem or query.exact else " --stem finds all forms of a word;"
                click.echo(f"archiver: nothing found:{forms} fewer words or filters find more", err=True)
            if hits and headlines_first(query, (hit.score for hit in hits)):
                click.echo("more than 20,000 matches: headline matches first, newest first within each group", err=True)
    if save is not None:
        _save(app, save, replace(query, limit=None))


def _print_explanation(found: Explanation, number: int, as_json: bool) -> None:
    if as_json:
        print_json({**asdict(found), "count": number})
        return
    lines = [("read as", found.read_as), ("asked", found.asked)]
    lines += [("left out", note) for note in found.left_out]
    lines += [
        (f"forms {language}".strip(), f"{word}: {', '.join(forms)}")
        for language, words in found.forms.items()
        for word, forms in words.items()
    ]
    lines += [("index", found.match), ("sql", found.sql)]
    for name, value in (*lines, ("stories", str(number))):
        click.echo(f"{name:<10}{plain(_short(value))}")


def _print_rows(rows: list[dict[str, Any]], as_json: bool) -> None:
    print_json(rows) if as_json else print_csv(_COLUMNS, rows)


def _refuse_another(app: App, name: str, query: SearchQuery) -> None:
    """Raises UsageError if another search is saved under this name: cron may use it."""
    before = SavedSearches(app.archive.path).all().get(name)
    if before is not None and query_json(before.query) != query_json(query):
        raise UsageError(
            plain(f"another search is saved as {name!r}: {query_json(before.query)}"),
            "choose another name, or replace it with --force",
        )


def _save(app: App, name: str, query: SearchQuery) -> None:
    saved = SavedSearches(app.archive.path)
    before = saved.all().get(name)
    saved.save(name, query)
    if before is not None and query_json(before.query) != query_json(query):
        click.echo(f"archiver: the search {name!r} was saved before as {query_json(before.query)}: replaced", err=True)
    if query_json(query) == "{}":
        click.echo(f"archiver: the search {name!r} has no words and no filters: it finds every story", err=True)
    with open_writer(app.archive.index) as db:
        saved.replay(db)
        saved.mark(name, (key for _, key in matching(db, query)))
    app.confirm(f"saved: `archiver search --new {name}` prints new stories")


def _forget(app: App, name: str) -> None:
    saved = SavedSearches(app.archive.path)
    saved.forget(name)
    with open_writer(app.archive.index) as db:
        saved.replay(db)
    app.confirm(f"deleted: {plain(name)}")


def _print_saved(app: App, saved: SavedSearches, as_json: bool, as_csv: bool) -> None:
    found = saved.all().values()
    rows = [{"name": entry.name, "saved_at": entry.saved_at, "query": query_json(entry.query)} for entry in found]
    if as_json:
        print_json([row | {"query": json.loads(row["query"])} for row in rows])
    elif as_csv:
        print_csv(("name", "saved_at", "query"), rows)
    else:
        print_table(
            ("saved search", "saved", "query"), ((row["name"], when(row["saved_at"]), row["query"]) for row in rows)
        )
        if not rows:
            app.confirm("there is no saved search: `archiver search QUERY --save NAME` saves one")


def _print_new(app: App, name: str, as_json: bool, as_csv: bool) -> None:
    """The new stories of a saved search; without a name all saved searches."""
    saved = SavedSearches(app.archive.path)
    if not name:
        _print_saved(app, saved, as_json, as_csv)
        return
    wanted = saved.get(name)
    with open_reader(app.archive.index) as db:
        new = saved.new(db, wanted)
        if not new:
            return
        query = replace(wanted.query, ids=tuple(new), limit=None)
        if as_json or as_csv:
            _print_rows([hit_json(hit) for hit in iter_search(db, query)], as_json)
        else:
            print_hits(search(db, query), len(new))
    # Mark as seen after printing: after a crash in between a story is shown again, but none is missed.
    sys.stdout.flush()
    saved.mark(name, new.values())


def run_search(app: App, text: str, limit: int) -> tuple[list[Hit], int]:
    """The first hits, and the total number of matches."""
    query = SearchQuery(text=text, limit=limit)
    with open_reader(app.archive.index) as db:
        return search(db, query), count(db, query)


def print_hits(hits: list[Hit], total: int) -> None:
    """Print hits for people; matches are highlighted on a terminal."""
    for hit in hits:
        facts = [hit.date or "no date", hit.site, hit.section, hit.language, ", ".join(hit.authors)]
        click.echo(click.style(plain(_short(hit.title)), bold=True) + click.style(f"  [{hit.id}]", dim=True))
        click.echo(click.style("  " + plain(_short(" · ".join(fact for fact in facts if fact))), dim=True))
        click.echo("  " + _highlighted(hit.snippet))
        click.echo(click.style("  " + plain(hit.url), dim=True))
    shown = f"{len(hits)} of {total}" if total > len(hits) else str(total)
    click.echo(f"{shown} {'story' if total == 1 else 'stories'}", err=True)


def _short(text: str) -> str:
    """The start of a title, since some pages have a whole text as title; `archiver show` prints all of it."""
    return text if len(text) <= _LONGEST else text[:_LONGEST].rstrip() + "…"


def hit_json(hit: Hit) -> dict[str, Any]:
    """A hit as stable JSON. In `snippet`, matches are between ** and **."""
    values = {name: getattr(hit, name) for name in _COLUMNS}
    values["authors"] = list(hit.authors)
    values["snippet"] = hit.snippet.replace(_START, "**").replace(_END, "**")
    values["score"] = round(hit.score, 6)
    return values


def _highlighted(snippet: str) -> str:
    text = " ".join(plain(snippet).split())
    if sys.stdout.isatty():
        return text.replace(_START, "\x1b[1;33m").replace(_END, "\x1b[0m")
    return text.replace(_START, "**").replace(_END, "**")


def _print_concordance(lines: Iterator[Line], as_json: bool, as_csv: bool) -> None:
    if as_json or as_csv:
        rows = [asdict(line) for line in lines]
        print_json(rows) if as_json else print_csv([column.name for column in fields(Line)], rows)
        return
    number = 0
    for number, line in enumerate(lines, 1):  # noqa: B007 - the number is used after the loop
        left, match, right = (" ".join(plain(text).split("\n")) for text in (line.left, line.match, line.right))
        shown = click.style(match, bold=True) if sys.stdout.isatty() else match
        click.echo(f"{line.date or 'no date':<10} {left.rstrip():>{WIDTH}}  {shown}  {right.lstrip()}  [{line.id}]")
    click.echo(f"{number} {'match' if number == 1 else 'matches'}", err=True)


def _print_slices(slices: list[Slice], grouping: str, as_json: bool, as_csv: bool) -> None:
    found = [part for part in slices if part.counts[0]]
    rows = [
        {grouping: part.key, "count": part.counts[0], "total": part.total, "share": round(part.shares[0], 6)}
        for part in found
    ]
    if as_json:
        print_json(rows)
    elif as_csv:
        print_csv((grouping, "count", "total", "share"), rows)
    else:
        most = max((part.counts[0] for part in found), default=1)
        print_table(
            (grouping, "stories", "share", ""),
            (
                (part.key or "none", part.counts[0], f"{part.shares[0]:.1%}", bar(part.counts[0], most))
                for part in found
            ),
        )
