"""The flags that choose stories: one list, the same wherever stories are chosen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import click

from archiver.errors import UsageError
from archiver.index.chosen import SearchQuery

_F = TypeVar("_F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--since", metavar="DATE", help="Published on this day or later: 2024, 2024-05 or 2024-05-17."),
    click.option("--until", metavar="DATE", help="Published on this day or earlier."),
    click.option("--site", help="Of this site."),
    click.option("--lang", "language", metavar="CODE", help="In this language: en, es, …"),
    click.option("--section", help="In this section."),
    click.option("--author", help="By this author; a part of the name will do."),
    click.option("--tag", help="With this tag."),
    click.option("--edited", is_flag=True, help="Only stories that were seen edited."),
    click.option("--gone", is_flag=True, help="Only stories that are gone from their site."),
    click.option("--stem", is_flag=True, help="Find words in all their forms: vote, votes, voted."),
)


def choosing(command: _F) -> _F:
    """Give a command the flags that choose stories; `query_of` makes a query of what they bring."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def query_of(words: tuple[str, ...], flags: dict[str, Any], **more: Any) -> SearchQuery:
    """What the words and the flags of `choosing` ask for. Raises UsageError for what is no date."""
    days = {"since": day(flags["since"], "--since"), "until": day(flags["until"], "--until", last=True)}
    return SearchQuery(text=" ".join(words), **(flags | days | more))


def day(text: str | None, option: str, *, last: bool = False) -> date | None:
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
