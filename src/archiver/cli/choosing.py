"""The options that select stories, the same for every command that selects stories."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from archiver.cli.app import App
from archiver.cli.completing import complete_site
from archiver.cli.typed import unknown_site
from archiver.errors import UsageError
from archiver.index.read import story_reader
from archiver.index.schema.connection import Index
from archiver.index.search.days import day_of
from archiver.index.search.hits import iter_ids
from archiver.index.search.known_values import unknown_values
from archiver.index.search.parsing import listed
from archiver.index.search.selection import SearchQuery, notes_of
from archiver.printable import plain

_F = TypeVar("_F", bound=Callable[..., Any])
_SHOWN = 5  # lines of a word list in a message
_COMMENT = re.compile(r"(?:#|//|--|;)\s+\S")

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
    values = flags | days | more
    entries = word_list(path) if (path := values.pop("word_list")) else None
    query = SearchQuery(text=" ".join(words), word_list=entries, **values)
    for note in notes_of(query):
        click.echo(f"archiver: searched as words: {plain(note)}", err=True)
    return query


def word_list(path: Path) -> tuple[str, ...]:
    """The entries of a word list: one per line, in UTF-8. Raises UsageError."""
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        lines = data.decode("utf-8-sig").splitlines()
    except OSError as error:
        raise UsageError(f"{path} can't be read ({error.strerror})", "give a file with one word per line") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 (byte {error.start})", "save it as UTF-8") from error
    entries = {number: entry for number, line in enumerate(lines, 1) if (entry := line.strip())}
    if not entries:
        raise UsageError(f"{path} is empty", "put one word or phrase on each line")
    wordless = [f"line {number} {entry!r}" for number, entry in entries.items() if listed((entry,)) is None]
    if len(wordless) == len(entries):
        raise UsageError(f"{path} has no word", "put one word or phrase on each line")
    if wordless:
        more = f" and {len(wordless) - _SHOWN} more" if len(wordless) > _SHOWN else ""
        shown = plain(", ".join(wordless[:_SHOWN]))
        click.echo(f"archiver: {path}: without a letter or digit, and ignored: {shown}{more}", err=True)
    if comments := [f"line {number} {entry!r}" for number, entry in entries.items() if _COMMENT.match(entry)]:
        more = f" and {len(comments) - _SHOWN} more" if len(comments) > _SHOWN else ""
        shown = plain(", ".join(comments[:_SHOWN]))
        click.echo(f"archiver: {path}: a list has no comments; searched as words: {shown}{more}", err=True)
    return tuple(entries.values())


def given_once(_: click.Context, option: click.Parameter, values: tuple[str, ...]) -> str | None:
    """The value of an option with `multiple`. Without it click would silently let a second value replace the first.
    Raises UsageError for several."""
    if len(values) > 1:
        raise UsageError(
            f"{option.opts[0]} was given {len(values)} times", "give one; docs/questions.md has SQL for combinations"
        )
    return values[0] if values else None


def require_site(app: App, db: Index, name: str | None) -> None:
    """Raises UsageError, with the known names, for a site that neither the archive nor the home knows."""
    if name is None or name in (known := story_reader.site_names(db)):
        return
    known += [spider for spider in app.spiders() if spider not in known]  # loads Scrapy, so only when needed
    if name not in known:
        meant = story_reader.site_at(db, name)
        hint = plain(f"the stories at this host belong to the site {meant!r}") if meant else ""
        raise unknown_site(name, known, f" in {app.archive.path}", hint)


def check_choice(app: App, db: Index, query: SearchQuery, *others: SearchQuery) -> None:
    """Check option values that are probably a mistake. Raises UsageError for an empty value (a script's unset variable)
    and for an unknown site or language. Warns about a section, an author or a tag without stories, because some may be
    added later. `others` are queries with the same options and other words."""
    names = (("site", "site"), ("lang", "language"), ("section", "section"), ("author", "author"), ("tag", "tag"))
    for option, name in (*names, ("regex", "regex")):
        if (given := getattr(query, name)) is not None and not given.strip():
            raise UsageError(f"--{option} is empty", "give it a value, or omit it")
    sites, languages = story_reader.site_names(db), story_reader.languages(db)
    for unknown in (unknown for asked in (query, *others) for unknown in unknown_values(asked, sites, languages)):
        if unknown.what == "site":
            require_site(app, db, unknown.value)
        else:
            raise UsageError(
                f"no story is in the language {plain(unknown.value)!r}", f"known languages: {', '.join(languages)}"
            )
    for option, name in names[2:]:
        value = getattr(query, name)
        if value is not None and next(iter_ids(db, SearchQuery(**{name: value})), None) is None and not app.quiet:
            click.echo(f"archiver: no story in the archive has --{option} {plain(value)!r}", err=True)
