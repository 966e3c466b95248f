"""Shell completion: the names of sites, without loading a spider."""

from __future__ import annotations

import click

from archiver.cli.app import App, app_of
from archiver.errors import ArchiverError
from archiver.frontier import FrontierReader
from archiver.spider_source import names_in, text_of


def complete_site(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The sites of the home and of the archive that start with this text."""
    options = context.find_root().params
    try:
        app = app_of(options.get("archive"), options.get("home"))
        return sorted(name for name in _names(app) if name.startswith(incomplete))
    except (ArchiverError, OSError):
        return []  # the command itself will report the problem


def _names(app: App) -> set[str]:
    files = app.home.spider_files() if app.home else []
    names = {name for file in files for name in names_in(text_of(file))}
    with FrontierReader(app.archive.frontier) as frontier:
        return names | set(frontier.sites())
