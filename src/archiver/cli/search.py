"""`archiver search`: ranked full text, with filters, for people and programs."""

from __future__ import annotations

import csv
import sys
from datetime import date
from typing import Any, get_args

import click

from archiver.cli.app import App, plain, print_json
from archiver.errors import UsageError
from archiver.index.database import open_reader
from archiver.index.search import Grouping, SearchQuery, count, count_by, iter_search, search
from archiver.model import Hit

_START, _END = "\ue000", "\ue001"
_COLUMNS = ("id", "url", "title", "site", "section", "language", "authors", "date", "snippet", "score")


@click.command("search")
@click.argument("words", metavar="QUERY", nargs=-1)
@click.option("--since", metavar="DATE", help="Published on this day or later: 2024, 2024-05 or 2024-05-17.")
@click.option("--until", metavar="DATE", help="Published on this day or earlier.")
@click.option("--site", help="Of this site.")
@click.option("--lang", "language", metavar="CODE", help="In this language: en, es, …")
@click.option("--section", help="In this section.")
@click.option("--author", help="By this author; a part of the name will do.")
@click.option("--tag", help="With this tag.")
@click.option("--sort", type=click.Choice(["relevance", "date"]), default="relevance", show_default=True, help="Order.")
@click.option("--limit", type=click.IntRange(min=0), default=20, show_default=True, help="At most so many; 0: all.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--count", "only_count", is_flag=True, help="Print only how many match.")
@click.option("--by", "grouping", type=click.Choice(get_args(Grouping)), help="Print how many match for each month, …")
@click.pass_obj
def command(
    app: App,
    words: tuple[str, ...],
    since: str | None,
    until: str | None,
    site: str | None,
    language: str | None,
    section: str | None,
    author: str | None,
    tag: str | None,
    sort: Any,
    limit: int,
    as_json: bool,
    as_csv: bool,
    only_count: bool,
    grouping: Grouping | None,
) -> None:
    """Search the stories. All words must occur; "…" is a phrase, word* a beginning; AND, OR, NOT work between words.

    Any text is a valid query, accents and case don't matter. Without a query, the newest stories are listed.

    \b
    Examples:  archiver search 'city council' --since 2024 --lang en
               archiver search educación --by month
               archiver search '"sanctuary city" NOT police' --json
    """
    query = SearchQuery(
        text=" ".join(words),
        since=_day(since, "--since"),
        until=_day(until, "--until", last=True),
        site=site,
        language=language,
        section=section,
        author=author,
        tag=tag,
        sort=sort,
        limit=limit or None,
    )
    app.archive.require()
    with open_reader(app.archive.index) as db:
        if grouping is not None:
            _print_counts(count_by(db, query, grouping), grouping, as_json, as_csv)
        elif only_count:
            number = count(db, query)
            print_json({"count": number}) if as_json else click.echo(number)
        elif as_json:
            print_json([hit_json(hit) for hit in iter_search(db, query)])
        elif as_csv:
            _print_csv([hit_json(hit) for hit in iter_search(db, query)])
        else:
            print_hits(search(db, query), count(db, query))


def run_search(app: App, text: str, limit: int) -> tuple[list[Hit], int]:
    """The first hits, and how many there are in all."""
    query = SearchQuery(text=text, limit=limit)
    with open_reader(app.archive.index) as db:
        return search(db, query), count(db, query)


def print_hits(hits: list[Hit], total: int) -> None:
    """Hits for people: what was found stands out on a terminal."""
    for hit in hits:
        facts = [hit.date or "no date", hit.site, hit.section, hit.language, ", ".join(hit.authors)]
        click.echo(click.style(plain(hit.title), bold=True) + click.style(f"  [{hit.id}]", dim=True))
        click.echo(click.style("  " + plain(" · ".join(fact for fact in facts if fact)), dim=True))
        click.echo("  " + _highlighted(hit.snippet))
        click.echo(click.style("  " + plain(hit.url), dim=True))
    shown = f"{len(hits)} of {total}" if total > len(hits) else str(total)
    click.echo(f"{shown} {'story' if total == 1 else 'stories'}", err=True)


def hit_json(hit: Hit) -> dict[str, Any]:
    """A hit as stable JSON. In `snippet`, what matched stands between ** and **."""
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


def _print_counts(counts: list[tuple[str | None, int]], grouping: str, as_json: bool, as_csv: bool) -> None:
    rows = [{grouping: key, "count": number} for key, number in counts]
    if as_json:
        print_json(rows)
    elif as_csv:
        _print_csv(rows)
    else:
        width = max((len(plain(key or "none")) for key, _ in counts), default=0)
        most = max((number for _, number in counts), default=1)
        for key, number in counts:
            click.echo(f"{plain(key or 'none'):<{width}}  {number:>6}  {'█' * max(1, round(number / most * 40))}")


def _print_csv(rows: list[dict[str, Any]]) -> None:
    """CSV that a spreadsheet reads as data: a cell that it would run as a formula gets an apostrophe in front."""
    if not rows:
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow([_cell(value) for value in row.values()])


def _cell(value: Any) -> Any:
    text = "; ".join(value) if isinstance(value, list) else value
    if isinstance(text, str):
        text = plain(text)
        return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
    return text


def _day(text: str | None, option: str, *, last: bool = False) -> date | None:
    """A day, or the first or last day of a month or year."""
    if text is None:
        return None
    parts = text.split("-")
    try:
        numbers = [int(part) for part in parts]
        if len(numbers) == 3:
            return date(*numbers)
        year, month = (numbers[0], numbers[1]) if len(numbers) == 2 else (numbers[0], 12 if last else 1)
        if not last:
            return date(year, month, 1)
        return date.fromordinal(date(year + month // 12, month % 12 + 1, 1).toordinal() - 1)
    except (ValueError, TypeError, IndexError) as error:
        raise UsageError(f"{option} {text!r} is no date", "write it as 2024, 2024-05 or 2024-05-17") from error
