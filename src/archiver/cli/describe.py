"""docs/cli.md, made from the commands' own help: `python -m archiver.cli.describe > docs/cli.md`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from archiver.cli import cli


def markdown() -> str:
    """The command-line reference. A test checks that docs/cli.md is equal to it."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# The command line"
    yield ""
    yield "Generated from `--help` with `make docs`."
    context = click.Context(cli, info_name="archiver", terminal_width=100, **cli.context_settings)
    yield from _section("archiver", cli, context)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None, "listed commands exist"
        inner = click.Context(command, info_name=name, parent=context, terminal_width=100, max_content_width=100)
        yield from _section(f"archiver {name}", command, inner)


def _section(title: str, command: click.Command, context: click.Context) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""
    yield "```"
    yield command.get_help(context)
    yield "```"
    if isinstance(command, click.Group) and command is not cli:
        for name, part in sorted(command.commands.items()):
            inner = click.Context(part, info_name=name, parent=context, terminal_width=100, max_content_width=100)
            yield from _section(f"{title} {name}", part, inner)


if __name__ == "__main__":
    click.echo(markdown(), nl=False)
