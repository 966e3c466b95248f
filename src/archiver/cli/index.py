"""`archiver index`: bring the index up to the end of the WARC files, or make it anew."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.app import App, print_json
from archiver.errors import ExitCode, UsageError
from archiver.printable import plain
from archiver.warc.places import WARC_ENDINGS, stored_text

if TYPE_CHECKING:
    from archiver.index.ingest.pipeline import IngestReport, Progress


_STARTS = (b"WARC/", b"filedesc:", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"\x5d\x2a\x4d\x18")


@click.command("index")
@click.argument("warcs", metavar="[WARC…]", nargs=-1, type=click.Path(path_type=Path))
@click.option("--rebuild", "anew", is_flag=True, help="Make the index anew from the WARC files.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes that extract. Default: one per processor.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@click.pass_obj
def command(app: App, warcs: tuple[Path, ...], anew: bool, workers: int | None, as_json: bool) -> int:
    """Bring the index up to date with the archive's WARC files; with arguments, take in files from elsewhere.

    WARC (plain, .gz, .zst), ARC and WACZ files are read; foreign ones stay where they are. --rebuild reads everything
    anew and then replaces the old index.

    \b
    Examples:  archiver index
               archiver index ~/downloads/crawl.warc.gz
               archiver index --rebuild --workers 8
    """
    # These load trafilatura: --help need not wait for it.
    from archiver.extract.pool import ExtractionPool  # noqa: PLC0415
    from archiver.index.ingest.upkeep import catch_up, rebuild  # noqa: PLC0415

    if warcs and not any(path.is_file() for path in warcs):
        raise UsageError(f"{stored_text(warcs[0])} is no file", "name WARC, ARC or WACZ files")
    others = [path for path in warcs if path.is_file() and not _may_be_warc(path)]
    if not warcs and not anew:
        app.archive.require()
    task = rebuild if anew else catch_up
    with app.archive.locked(), ExtractionPool(workers or os.cpu_count() or 1) as pool:
        report = task(
            app.archive.index,
            app.archive.warc,
            app.sites(),
            pool,
            foreign=[path.resolve() for path in warcs if path not in others],
            on_progress=drawn_progress(app),
        )
    report.failed += [(stored_text(path), "it is no archive: no WARC, ARC or WACZ file begins so") for path in others]
    if as_json:
        print_json(report_json(report))
    tell(app, report)
    if report.damage or report.failed:
        return int(ExitCode.DAMAGE)
    return int(ExitCode.USAGE if report.not_found else ExitCode.OK)


def _may_be_warc(path: Path) -> bool:
    """By its name, for its beginning may be damaged, or by its beginning. Another file would stay in `damage`."""
    if path.name.lower().endswith((*WARC_ENDINGS, ".wacz")):
        return True
    try:
        with path.open("rb") as file:
            start = file.read(1024)
        start = start.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
        return not start or start.startswith(_STARTS)
    except OSError:
        return True  # the reader tells why


def report_json(report: IngestReport) -> dict[str, Any]:
    """What an ingest did, as stable JSON."""
    return {
        "warcs": report.warcs,
        **asdict(report.applied),
        "skips": dict(sorted(report.skips.items())),
        "damage": [{"warc": name, **asdict(stretch)} for name, stretch in report.damage],
        "not_found": report.not_found,
        "failed": [{"warc": name, "reason": reason} for name, reason in report.failed],
        "missing": report.missing,
        "stale_extractors": report.stale_extractors,
    }


def tell(app: App, report: IngestReport) -> None:
    """For people: one line of what was done, and one for each thing that needs attention."""
    if app.on_terminal:
        click.echo("\r\x1b[K", err=True, nl=False)
    done = report.applied
    app.say(f"index: {done.captures} captures read, {done.stories} stories new or changed")
    for name, stretch in report.damage:
        click.echo(
            f"archiver: {plain(name)}: {stretch.length} bytes at {stretch.offset} can't be read "
            f"({plain(stretch.cause)}): the rest is indexed; restore the file from a copy if there is one",
            err=True,
        )
    for name, reason in report.failed:
        click.echo(f"archiver: {plain(name)} was left out: {plain(reason)}", err=True)
    for name in report.not_found:
        click.echo(f"archiver: {plain(name)} is no file: name WARC, ARC or WACZ files", err=True)
    for name in report.missing:
        click.echo(f"archiver: {plain(name)} is no longer there: its stories are not in the new index", err=True)
    if len(report.stale_extractors) > 1:
        app.say("some texts were made by an older extractor: `archiver index --rebuild` makes them anew")


def drawn_progress(app: App) -> Callable[[Progress], None]:
    """Draws where an ingest stands, if this is a terminal."""
    return _draw if app.on_terminal else lambda _: None


def _draw(progress: Progress) -> None:
    text = f"{progress.captures} captures, {progress.stories} stories  {plain(progress.warc)}"
    click.echo(f"\r\x1b[K{text[:100]}", err=True, nl=False)
