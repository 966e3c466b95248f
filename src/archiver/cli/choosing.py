"""The flags that choose stories: one list, the same wherever stories are chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from archiver.index.chosen import SearchQuery, day_of

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
    days = {
        name: day_of(flags[name], f"--{name}", last=name == "until") if flags[name] is not None else None
        for name in ("since", "until")
    }
    return SearchQuery(text=" ".join(words), **(flags | days | more))
