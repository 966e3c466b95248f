"""What every command receives: the archive, the home, and how much to print."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from archiver import keeping
from archiver.errors import UsageError
from archiver.home import ArchiveDir, Home, find_home, home_at

if TYPE_CHECKING:
    from archiver.layout import Site
    from archiver.loader import LoadedSpiders
    from archiver.spider import ArticleSpider


@dataclass(frozen=True, slots=True)
class App:
    """Passed to commands by click (`@click.pass_obj`)."""

    archive: ArchiveDir
    home: Home | None
    quiet: bool
    verbose: int
    _loaded: list[LoadedSpiders] = field(default_factory=list, init=False, repr=False, compare=False)

    def say(self, message: str) -> None:
        """Print a message for people on stderr. When stderr is not a terminal (cron), only with -v."""
        if not self.quiet and (self.verbose or sys.stderr.isatty()):
            click.echo(message, err=True)

    def confirm(self, message: str) -> None:
        """Print the result of a person's decision on stderr, terminal or not, unless --quiet is set."""
        if not self.quiet:
            click.echo(message, err=True)

    @property
    def on_terminal(self) -> bool:
        """Whether progress may be drawn."""
        return not self.quiet and sys.stderr.isatty()

    @property
    def own_home(self) -> Home | None:
        """The home of the archive: the one given with --home, or the nearest one if this is its archive."""
        if self.home is None or click.get_current_context().find_root().params.get("home") is not None:
            return self.home
        return self.home if self.home.archive.absolute() == self.archive.path else None

    def option(self, name: str) -> str | None:
        """A value from the section [archiver] of the home's scrapy.cfg."""
        return self.home.options.get(name) if self.home else None

    def spiders(self) -> dict[str, type[ArticleSpider]]:
        """The home's sites by name, without those of broken files."""
        return self.loaded().spiders

    def loaded(self) -> LoadedSpiders:
        """The home's spider files, loaded once. Broken files and warnings about the others are reported then."""
        from archiver.loader import load_spiders  # noqa: PLC0415 - imports Scrapy, which search doesn't need

        if not self._loaded:
            found = load_spiders(self.home.spider_files() if self.home else ())
            for error in (*(file.error for file in found.broken), *found.warnings):
                click.echo(f"archiver: {error}", err=True)
            self._loaded.append(found)
        return self._loaded[0]

    def record_policies(self, spiders: Iterable[type[ArticleSpider]]) -> None:
        """Record in the archive its home's policies for pages that ask not to be kept. The caller holds the lock."""
        if self.own_home is not None:
            stated = {spider.name: spider.reserved for spider in spiders}
            keeping.record(self.archive.path, self.option("reserved") or keeping.DEFAULT, stated)

    def sites(self) -> tuple[Site, ...]:
        """The home's sites as the index needs them."""
        return tuple(spider.site() for spider in self.spiders().values())


def app_of(archive: Path | None, home: Path | None, quiet: bool = False, verbose: int = 0) -> App:
    """The options before the command, with their defaults. Raises UsageError if the path can't be an archive."""
    found = home_at(home.absolute()) if home else find_home(_here())
    if archive is None:
        archive = found.archive if found else Path("archive")
    elif archive.is_file():
        raise UsageError(f"-A {archive} is a file", "give the archive's folder")
    elif (archive / "scrapy.cfg").is_file() and not (archive / "warc").is_dir():
        raise UsageError(
            f"-A {archive} is a home, not an archive", f"use --home {archive}, or -A {archive / 'archive'}"
        )
    return App(ArchiveDir(archive.absolute()), found, quiet, verbose)


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise UsageError("the current folder no longer exists", "change to another one") from error


def only_one_of(*names: str) -> None:
    """Raises UsageError if more than one of these options of the running command was given."""
    context = click.get_current_context()
    given = [
        max(option.opts, key=len)
        for option in context.command.params
        if option.name in names and context.get_parameter_source(option.name) is ParameterSource.COMMANDLINE
    ]
    if len(given) > 1:
        raise UsageError(f"{given[0]} and {given[1]} can't be combined", "give one of them")


def print_json(value: Any) -> None:
    """Print one JSON document on stdout, always the same for the same data."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def seconds(text: str | None) -> float | None:
    """`90`, `90s`, `20m`, `6h`, `2d` as seconds. Raises UsageError."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd]?)", text.strip())
    if not match:
        raise UsageError(f"{text!r} is not a duration", "write it like 90s, 20m, 6h or 7d")
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


def moment(text: str | None) -> datetime | None:
    """`2024-05-31`, or `30d` before now, in UTC. Raises UsageError."""
    if text is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(text.strip()), time(), UTC)
    except ValueError:
        pass
    try:
        return datetime.now(UTC) - timedelta(seconds=seconds(text) or 0.0)
    except UsageError:
        raise UsageError(f"{text!r} is not a date", "write it like 2024-05-31 or 30d") from None
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)  # before all stories


def size(text: str) -> int:
    """`0`, `500M`, `2G` as bytes. Raises UsageError."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kKMGT]?)B?", text.strip())
    if not match:
        raise UsageError(f"{text!r} is not a size", "write it like 500M or 2G")
    return int(float(match[1]) * 1000 ** " KMGT".index(match[2].upper() or " "))
