"""Command groups: an unknown name gets a suggestion, and commands are imported when they run."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click
from click.shell_completion import CompletionItem

from archiver.errors import UsageError, did_you_mean
from archiver.index.schema import sqlite_utils_alone

# Commands that other programs have.
_OTHERWISE = {
    "sql": "the index is an SQLite database: sqlite3 -readonly archive/index.db",
    "query": "write archiver search QUERY; the index is an SQLite database: sqlite3 -readonly archive/index.db",
}


class Commands(click.Group):
    """A group that reports an unknown command in one line, with the name that was probably meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        known = self.list_commands(ctx)
        if name not in known and not name.startswith("-") and not ctx.resilient_parsing:
            raise UsageError(
                f"there is no command `{ctx.command_path} {name}`",
                _OTHERWISE.get(name) or did_you_mean(name, known) or f"see `{ctx.command_path} --help`",
            )
        return super().resolve_command(ctx, args)


class LazyCommands(Commands):
    """Imports a command's module when it is run: `archiver search` must not wait for Scrapy, nor `--help` for
    everything.

    `listed` has the line of `--help` for each command: the first sentence of its own help, which a test checks.
    """

    def __init__(self, *, listed: Mapping[str, str], **settings: Any) -> None:
        super().__init__(**settings)
        self.listed = dict(listed)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.listed)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.listed:
            return None
        sqlite_utils_alone.load()  # before a command's modules import it with all its features
        command = importlib.import_module(f"archiver.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(self.listed.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        names = [CompletionItem(name, help=text) for name, text in self.listed.items() if name.startswith(incomplete)]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]
