"""`archiver index`: WARC files copied into the archive: from S3, or the captures that a filter selects from a file."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from archiver.backup.destination import BackupStore
from archiver.cli.app import App
from archiver.cli.readable import by_number
from archiver.errors import ArchiverError, StorageError
from archiver.fixity.manifest import Manifest
from archiver.merge.shards import Shard
from archiver.merge.warc_copies import copy_warcs
from archiver.printable import plain
from archiver.selection.record_filter import RecordFilter
from archiver.selection.selecting import Selected, file_name, select

_REDRAW_SECONDS = 0.2


def copy_sources(
    app: App, sources: Sequence[str], wanted: RecordFilter
) -> tuple[list[Selected], list[tuple[str, str]]]:
    """Copy the WARC files at some URLs into the archive, or the captures that the filter selects from them. Each file
    is in the archive, with a line in its manifest, before the next is read. Returns the selections, and the unreadable
    files with the reason. The caller holds the archive's lock. Raises StorageError."""
    found: list[Selected] = []
    failed: list[tuple[str, str]] = []
    app.archive.create()
    line = _Line(app)
    for source in sources:
        if wanted and (app.archive.warc / file_name(source, wanted)).exists():
            app.say(f"{plain(source)}: chosen before, by the same filter")
            continue
        with temporary_folder(app) as folder:
            try:
                path = _local_file(source, folder / "source")
                chosen = folder / "chosen"
                chosen.mkdir()
                if wanted:
                    found.append(select(path, source, wanted, chosen, line.draw))
                else:
                    path.rename(chosen / path.name)
                copies = copy_warcs(Shard(chosen, chosen), app.archive.warc, Manifest(app.archive.path), link=True)
                for old, new in copies.renamed.items():
                    click.echo(f"archiver: {plain(old)} is here {plain(new)}: another file has its name", err=True)
            except StorageError as error:
                if "://" not in source:
                    raise
                failed.append((source, str(error)))
            except ArchiverError as error:
                failed.append((source, str(error)))
    line.end()
    if wanted:
        _print_report(app, found, line.seconds)
    return found, failed


def _print_report(app: App, found: Sequence[Selected], seconds: float) -> None:
    captures, chosen = sum(entry.captures for entry in found), sum(entry.chosen for entry in found)
    left_out = sum((entry.left_out for entry in found), Counter())
    rate = captures / max(seconds, 0.001)
    told = f"; left out: {by_number(left_out)}" if left_out else ""
    app.confirm(f"{chosen} of {captures} captures chosen, {rate:,.0f} pages/s{told}")
    for entry in found:
        for offset, length, cause in entry.damage:
            click.echo(
                f"archiver: {plain(entry.source)}: {length} bytes at {offset} can't be read ({plain(cause)}): "
                "the rest was read",
                err=True,
            )


@contextmanager
def temporary_folder(app: App) -> Iterator[Path]:
    """A folder on the archive's disk, so that a complete file only has to be renamed."""
    folder = app.archive.path / "selecting"
    try:
        shutil.rmtree(folder, ignore_errors=True)  # left by a killed run
        (folder / "source").mkdir(parents=True)
    except OSError as error:
        raise StorageError(f"{folder} can't be made ({error.strerror})", "check the disk") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _local_file(source: str, folder: Path) -> Path:
    """The file itself, or a local copy of a remote one."""
    if "://" not in source:
        return Path(source).resolve()
    where, _, name = source.rpartition("/")
    BackupStore(where).get(name, folder / name)
    return folder / name


class _Line:
    """The progress line, on a terminal."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._started = time.monotonic()
        self._drawn = 0.0
        self._captures = 0  # in the previous files
        self._last: Selected | None = None
        self.seconds = 0.0

    def draw(self, report: Selected) -> None:
        if report is not self._last:
            self._captures += self._last.captures if self._last else 0
            self._last = report
        self.seconds = time.monotonic() - self._started
        now = time.monotonic()
        if self._app.on_terminal and now - self._drawn >= _REDRAW_SECONDS:
            self._drawn = now
            captures = self._captures + report.captures
            rate = captures / max(self.seconds, 0.001)
            text = f"{captures} captures read, {rate:,.0f}/s, {report.chosen} chosen of  {plain(report.source)}"
            click.echo(f"\r\x1b[K{text[:100]}", err=True, nl=False)

    def end(self) -> None:
        if self._drawn:
            click.echo("\r\x1b[K", err=True, nl=False)
