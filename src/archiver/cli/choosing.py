"""The options that select stories, the same for every command that selects stories."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from archiver.cli.app import App
from archiver.cli.completing import complete_site
from archiver.errors import UsageError
from archiver.index.read import filter_values
from archiver.index.schema.connection import Index
from archiver.index.search.days import day_of
from archiver.index.search.selection import SearchQuery, notes_of
from archiver.index.search.word_list import read_word_list, word_list
from archiver.printable import plain

_F = TypeVar("_F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--since", metavar="DATE", help="Published on this day or later: 2024, 2024-05 or 2024-05-17."),
    click.option("--until", metavar="DATE", help="Published on this day or earlier."),
    click.option("--site", help="Only this site.", shell_complete=complete_site),
    click.option("--lang", "language", metavar="CODE", help="Only this language: en, es, …"),
    click.option("--section", help="Only this section."),
    click.option("--author", help="Only this author; part of the name is enough. In double quotes: the whole name."),
    click.option("--tag", help="Only with this tag."),
    click.option("--edited", is_flag=True, help="Only stories with an observed edit."),
    click.option("--gone", is_flag=True, help="Only stories that were removed from their site."),
    click.option("--stem", is_flag=True, help="Find words in all their forms: vote, votes, voted."),
    click.option("--exact", is_flag=True, help="Find words exactly as written: accents and case matter."),
    click.option(
        "--words",
        "word_list",
        type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
        metavar="FILE",
        help="Any of the words or phrases in this file, one per line; `word*` for a prefix.",
    ),
    click.option("--collapse", is_flag=True, help="Of copies on several sites (wire stories) only the first one."),
    click.option(
        "--sample", type=click.IntRange(min=1), metavar="N", help="Only a random sample of N of these stories."
    ),
    click.option(
        "--seed", type=int, default=0, show_default=True, help="Random seed; the same seed draws the same sample."
    ),
    click.option("--regex", metavar="RE", help="Headline or text matches a regular expression (RE2, linear time)."),
)


def choosing(command: _F) -> _F:
    """Add the options that select stories to a command; `query_of` makes a query of their values."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def query_of(words: tuple[str, ...], flags: dict[str, Any], **more: Any) -> SearchQuery:
    """The query of the given words and options. Raises UsageError for an invalid date or period."""
    days = {
        name: day_of(flags[name], f"--{name}", last=name == "until") if flags[name] is not None else None
        for name in ("since", "until")
    }
    since, until = days["since"], days["until"]
    if since and until and since > until:
        raise UsageError(f"--since {flags['since']} is after --until {flags['until']}", "swap them")
    if flags["sample"] is None and flags["seed"]:
        raise UsageError("--seed is only for a random sample", f"add --sample N, or leave out --seed {flags['seed']}")
    values = flags | days | more
    entries = _word_list(path) if (path := values.pop("word_list")) else None
    query = SearchQuery(text=" ".join(words), word_list=entries, **values)
    options = [name for option in click.get_current_context().command.params for name in option.opts]
    for word in (word for word in words if word.startswith("--") and word in options):
        click.echo(f"archiver: {word} after -- is searched as a word: options go before --", err=True)
    for note in notes_of(query):
        click.echo(f"archiver: searched as words: {plain(note)}", err=True)
    return query


def _word_list(path: Path) -> tuple[str, ...]:
    """The entries of a word list in a file, or of standard input. Raises UsageError."""
    entries, notes = word_list("-", sys.stdin.buffer.read()) if str(path) == "-" else read_word_list(path)
    for note in notes:
        click.echo(f"archiver: {note}", err=True)
    return entries


def only_once(_: click.Context, option: click.Parameter, values: tuple[str, ...]) -> str | None:
    """The value of an option with `multiple`. Without it click would silently let a second value replace the first.
    Raises UsageError for several."""
    if len(values) > 1:
        raise UsageError(
            f"{option.opts[0]} was given {len(values)} times", "give one; docs/questions.md has SQL for combinations"
        )
    return values[0] if values else None


def require_site(app: App, db: Index, name: str | None) -> None:
    """Raises UsageError, with the known names, for a site that neither the archive nor the home knows."""
    if name is not None:
        filter_values.require_site(db, name, str(app.archive.path), app.spiders)


def check_choice(app: App, db: Index, *queries: SearchQuery) -> None:
    """Check option values that are probably a mistake, in queries with the same options. Raises UsageError for an empty
    value and for an unknown site or language. Warns about a section, an author or a tag without stories, because some
    may be added later, and about a site or language without stories that is one of several alternatives."""
    filter_values.check_filters(db, queries, str(app.archive.path), app.spiders, "--")
    if not app.quiet:
        for note in dict.fromkeys(note for query in queries for note in filter_values.without_story(db, query)):
            click.echo(f"archiver: {note}", err=True)
