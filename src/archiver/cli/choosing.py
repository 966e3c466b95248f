"""The flags that choose stories: one list, the same wherever stories are chosen."""

from __future__ import annotations

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
from archiver.index.search.selection import SearchQuery, fields_of, notes_of
from archiver.printable import plain

_F = TypeVar("_F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--since", metavar="DATE", help="Published on this day or later: 2024, 2024-05 or 2024-05-17."),
    click.option("--until", metavar="DATE", help="Published on this day or earlier."),
    click.option("--site", help="Of this site.", shell_complete=complete_site),
    click.option("--lang", "language", metavar="CODE", help="In this language: en, es, …"),
    click.option("--section", help="In this section."),
    click.option("--author", help="By this author; a part of the name will do. In double quotes: the whole name."),
    click.option("--tag", help="With this tag."),
    click.option("--edited", is_flag=True, help="Only stories that were seen edited."),
    click.option("--gone", is_flag=True, help="Only stories that are gone from their site."),
    click.option("--stem", is_flag=True, help="Find words in all their forms: vote, votes, voted."),
    click.option("--exact", is_flag=True, help="Find words as they are written: accents and case count."),
    click.option(
        "--words",
        "word_list",
        type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
        metavar="FILE",
        help="Any of these words or phrases, one a line; `word*` for a beginning.",
    ),
    click.option("--collapse", is_flag=True, help="Of copies on several sites (wire stories) only the first found."),
    click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Of these stories only N, drawn at random."),
    click.option("--seed", type=int, default=0, show_default=True, help="The same seed draws the same sample again."),
    click.option("--regex", metavar="RE", help="Headline or text matches a regular expression (RE2, linear time)."),
)


def choosing(command: _F) -> _F:
    """Give a command the flags that choose stories; `query_of` makes a query of what they bring."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def query_of(words: tuple[str, ...], flags: dict[str, Any], **more: Any) -> SearchQuery:
    """What the words and the flags of `choosing` ask for. Raises UsageError for what is no date, or no span."""
    days = {
        name: day_of(flags[name], f"--{name}", last=name == "until") if flags[name] is not None else None
        for name in ("since", "until")
    }
    since, until = days["since"], days["until"]
    if since and until and since > until:
        raise UsageError(
            f"--since {flags['since']} is after --until {flags['until']}: no day is in between", "swap them"
        )
    values = flags | days | more
    entries = word_list(path) if (path := values.pop("word_list")) else None
    query = SearchQuery(text=" ".join(words), word_list=entries, **values)
    for note in notes_of(query):
        click.echo(f"archiver: searched as words: {plain(note)}", err=True)
    return query


def word_list(path: Path) -> tuple[str, ...]:
    """The entries of a word list: one a line, in UTF-8. Raises UsageError."""
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        lines = data.decode("utf-8-sig").splitlines()
    except OSError as error:
        raise UsageError(f"{path} can't be read ({error.strerror})", "name a file of words, one a line") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 (byte {error.start})", "save it as UTF-8") from error
    entries = tuple(entry for line in lines if (entry := line.strip()))
    if not entries:
        raise UsageError(f"{path} holds no word", "put one word or phrase on each line")
    return entries


def require_site(app: App, db: Index, name: str | None) -> None:
    """Raises UsageError for a site that neither the archive nor the home knows, naming those that there are."""
    if name is None or name in (known := story_reader.site_names(db)):
        return
    known += [spider for spider in app.spiders() if spider not in known]  # loads Scrapy: only when it comes to that
    if name not in known:
        raise unknown_site(name, known, f" in {app.archive.path}")


def _require_language(db: Index, code: str | None) -> None:
    """Raises UsageError for a language that no story is in, naming those that there are; an archive without stories
    may get them in any."""
    known = story_reader.languages(db)
    if code is not None and known and code.lower() not in known:
        raise UsageError(f"no story is in the language {plain(code)!r}", f"there are: {', '.join(known)}")


def check_choice(app: App, db: Index, query: SearchQuery, *others: SearchQuery) -> None:
    """Refuse what can't be meant (UsageError): an empty value, which a script gives for a variable that isn't set; a
    site or a language that isn't there. Tell of a section, an author or a tag that no story has: one may come. `others`
    have the same flags, and words of their own."""
    names = (("site", "site"), ("lang", "language"), ("section", "section"), ("author", "author"), ("tag", "tag"))
    for option, name in (*names, ("regex", "regex")):
        if (given := getattr(query, name)) is not None and not given.strip():
            raise UsageError(f"--{option} is empty", "give it a value, or leave it out")
    require_site(app, db, query.site)
    _require_language(db, query.language)
    for field in (field for asked in (query, *others) for field in fields_of(asked)):
        if field.name == "site":
            require_site(app, db, field.value)
        elif field.name == "lang":
            _require_language(db, field.value)
    for option, name in names[2:]:
        value = getattr(query, name)
        if value is not None and next(iter_ids(db, SearchQuery(**{name: value})), None) is None and not app.quiet:
            click.echo(f"archiver: no story in the archive has --{option} {plain(value)!r}", err=True)
