"""`archiver mcp`: the archive for AI assistants."""

from __future__ import annotations

import click

from archiver.cli.app import App
from archiver.errors import UsageError
from archiver.extras import install_hint


@click.command("mcp")
@click.pass_obj
def command(app: App) -> None:
    """Serve the archive to an AI assistant, over the Model Context Protocol on standard input and output.

    The assistant's program starts this command and can then search, read stories and versions, and run read-only SQL.
    It can't change anything. Each story comes with its citation and its place in the WARC files, and archived text is
    marked as quoted data. Withdrawn stories are not in the index, so no answer contains them. Needs the package `mcp`.

    \b
    Example:  archiver -A /srv/archive mcp
    """
    app.archive.require()
    try:
        from archiver.assistant import server  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UsageError(f"this command needs the package mcp ({error})", f"run `{install_hint('mcp')}`") from error
    server(app.archive.path).run("stdio")
