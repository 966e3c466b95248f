"""`archiver index`: bring the index up to date with the WARC files, or rebuild it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.app import App, print_json
from archiver.cli.crawl_messages import rule_changes
from archiver.cli.joining_segments import join_into_archive, print_joined, segments_json
from archiver.cli.readable import counted
from archiver.errors import ExitCode, UsageError
from archiver.fixity.manifest import Chain, Manifest, unlisted_note
from archiver.printable import plain
from archiver.warc import Damage, read_records
from archiver.warc.places import WARC_ENDINGS, stored_text

if TYPE_CHECKING:
    from archiver.index.ingest.pipeline import Extractor, IngestReport, Progress
    from archiver.index.ingest.warc_files import Reader
    from archiver.selection.record_filter import RecordFilter
    from archiver.selection.selecting import Selected


_ENDINGS = (*WARC_ENDINGS, ".wacz")
_NO_RECORD = ("no WARC record begins here", "not a gzip member")  # causes of damage
_STARTS = (b"WARC/", b"filedesc:", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"\x5d\x2a\x4d\x18")


@click.command("index")
@click.argument("named", metavar="[WARC…]", nargs=-1)
@click.option("--rebuild", "rebuilding", is_flag=True, help="Rebuild the index from the WARC files.")
@click.option(
    "--workers", type=click.IntRange(min=1), help="Number of extraction processes. Default: one per processor."
)
@click.option(
    "--host", "hosts", multiple=True, help="Import only this host and its subdomains from the given files. Repeatable."
)
@click.option(
    "--lang", "languages", multiple=True, help="Import only this language from the given files: en, es, … Repeatable."
)
@click.option("--since", metavar="DATE", help="Import only captures of this day or later from the given files.")
@click.option("--until", metavar="DATE", help="Import only captures of this day or earlier from the given files.")
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Extract on a Dask cluster, each WARC file as a task: the scheduler's tcp://…, or local for workers of this "
    "machine. All must see the files at the same paths.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@click.pass_obj
def command(
    app: App,
    named: tuple[str, ...],
    rebuilding: bool,
    workers: int | None,
    hosts: tuple[str, ...],
    languages: tuple[str, ...],
    since: str | None,
    until: str | None,
    cluster: str | None,
    as_json: bool,
) -> int:
    """Bring the index up to date with the archive's WARC files, or import files from other programs.

    With arguments, the given WARC (plain, .gz, .zst), ARC and WACZ files are read, of a folder all such files below it;
    they stay where they are. --rebuild
    reads everything again and then replaces the old index.

    Files at s3://… are copied to the archive. With --host, --lang, --since or --until only the selected captures are
    copied, byte for byte, to a WARC file of the archive, before anything is extracted. Pages whose language can't be
    determined are selected. The captures left out are counted by reason.

    In the JSON, `stale_extractors` lists the older extractors that made texts of the index; it is empty if all texts
    are from this version. --rebuild extracts them again.

    \b
    Examples:  archiver index
               archiver index ~/downloads/crawl.warc.gz
               archiver index --rebuild --workers 8
               archiver index --rebuild --cluster tcp://10.0.0.5:8786
               archiver index s3://commoncrawl/crawl-data/CC-NEWS/2026/05/CC-NEWS-….warc.gz --host example.com
    """
    # These load trafilatura, which --help should not wait for.
    from archiver.extract.pool import ExtractionPool  # noqa: PLC0415
    from archiver.index.ingest.upkeep import catch_up, rebuild  # noqa: PLC0415
    from archiver.index.ingest.warc_entries import read_warc  # noqa: PLC0415

    wanted = _filter(hosts, languages, since, until)
    if wanted and not named:
        raise UsageError("a filter chooses from the files that are given", "give WARC files, or s3://… addresses")
    remote = [source for source in named if "://" in source]
    warcs = _with_folders(app, [Path(source) for source in named if "://" not in source])
    if warcs and not any(path.is_file() for path in warcs):
        raise UsageError(f"{stored_text(warcs[0])} is not a file", "give WARC, ARC or WACZ files")
    others = _no_archive_files(app, warcs)
    if not named and not rebuilding:
        app.archive.require()
    chosen: list[Selected] = []
    unread: list[tuple[str, str]] = []
    task = rebuild if rebuilding else catch_up
    with app.archive.locked(), ExitStack() as stack:
        spiders = app.spiders().values()
        app.record_policies(spiders)
        sites = tuple(spider.site() for spider in spiders)
        foreign = [path.resolve() for path in warcs if path not in others]
        if wanted or remote:
            from archiver.cli.copied_sources import copy_sources  # noqa: PLC0415 - loads fsspec

            missing = [path for path in foreign if not path.is_file()]
            local = [str(path) for path in foreign if path not in missing] if wanted else []
            chosen, unread = copy_sources(app, [*local, *remote], wanted)
            foreign = missing if wanted else foreign
        pool: Extractor
        reader: Reader
        if cluster is not None:
            from archiver.cli.cluster_index import extracted_on_cluster  # noqa: PLC0415 - loads Dask

            recorded = stack.enter_context(
                extracted_on_cluster(app, cluster, foreign, sites, rebuilding=rebuilding, workers=workers)
            )
            pool, reader = recorded, recorded.read
        else:
            pool, reader = stack.enter_context(ExtractionPool(workers)), read_warc
        report = task(
            app.archive.index,
            app.archive.warc,
            sites,
            pool,
            foreign=foreign,
            on_progress=drawn_progress(app),
            reader=reader,
        )
        joined = join_into_archive(
            app,
            report,
            lambda: catch_up(app.archive.index, app.archive.warc, sites, pool, reader=reader),
            is_due=bool(named) or rebuilding,
        )
    report.failed += [(stored_text(path), "this is not a WARC, ARC or WACZ file") for path in others]
    report.failed += unread
    chain = Manifest(app.archive.path).read()
    report.missing += chain.missing_from(app.archive.warc)
    if as_json:
        print_json(report_json(report) | segments_json(joined) | (_selected_json(chosen) if wanted else {}))
    print_report(app, report, rebuilt=rebuilding)
    print_joined(app, joined)
    _print_unlisted(app, chain)
    if report.damage or report.failed or report.missing or any(entry.damage for entry in chosen):
        return int(ExitCode.DAMAGE)
    return int(ExitCode.USAGE if report.not_found else ExitCode.OK)


def _selected_json(chosen: list[Selected]) -> dict[str, Any]:
    """The selection from each file, as stable JSON."""
    return {
        "selected": [
            {
                "source": entry.source,
                "captures": entry.captures,
                "chosen": entry.chosen,
                "left_out": dict(sorted(entry.left_out.items())),
                "damage": [
                    {"offset": offset, "length": length, "cause": cause} for offset, length, cause in entry.damage
                ],
                "bytes": entry.bytes,
                "file": entry.file,
            }
            for entry in chosen
        ]
    }


def _filter(hosts: tuple[str, ...], languages: tuple[str, ...], since: str | None, until: str | None) -> RecordFilter:
    """The conditions on captures. Raises UsageError."""
    from archiver.index.search.days import day_of  # noqa: PLC0415
    from archiver.selection.record_filter import RecordFilter, codes_of  # noqa: PLC0415 - loads lxml

    try:
        codes = codes_of(languages)
    except ValueError as error:
        raise UsageError(f"--lang {error.args[0]!r} is no language", "give a code: en, es, …") from error
    bad = next((host for host in hosts if not host or "/" in host or "*" in host), None)
    if bad is not None:
        raise UsageError(f"--host {bad!r} is no host name", "give it as example.com; those below it are included")
    return RecordFilter(
        tuple(host.lower().strip(".") for host in hosts),
        codes,
        day_of(since, "--since") if since else None,
        day_of(until, "--until", last=True) if until else None,
    )


def _with_folders(app: App, paths: Iterable[Path]) -> list[Path]:
    """The paths, each folder replaced by the WARC, ARC and WACZ files below it. Raises UsageError if it has none."""
    found = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        files = sorted(file for file in path.rglob("*") if file.is_file())
        inside = [file for file in files if file.name.lower().endswith(_ENDINGS)]
        if not inside:
            raise UsageError(f"{stored_text(path)} has no WARC, ARC or WACZ files", "give another folder, or files")
        if len(inside) < len(files):
            left = counted(len(files) - len(inside), "other file")
            app.confirm(f"{plain(stored_text(path))}: {counted(len(inside), 'file')} to read, {left} left out")
        found += inside
    return found


def _no_archive_files(app: App, paths: Iterable[Path]) -> list[Path]:
    """Those of the given files that are no archive files and not in the index. Empty files are named on stderr."""
    from archiver.index.read.foreign_files import indexed_names  # noqa: PLC0415 - --help doesn't need it

    known = set(indexed_names(app.archive.index))
    files = [path for path in paths if path.is_file()]
    for path in files:
        if not path.stat().st_size:
            app.confirm(f"{plain(stored_text(path))} is empty")
    return [path for path in files if stored_text(path.resolve()) not in known and not _may_be_warc(path)]


def _may_be_warc(path: Path) -> bool:
    """Judged by its name (its start may be damaged), unless nothing in it looks like a record; or by its start.

    Any other file would stay in `damage`.
    """
    try:
        if path.name.lower().endswith(_ENDINGS):
            return path.name.lower().endswith(".wacz") or not _is_no_archive(path)
        with path.open("rb") as file:
            start = file.read(1024)
        start = start.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
        return not start or start.startswith(_STARTS)
    except OSError:
        return True  # the reader reports the reason


def _print_unlisted(app: App, chain: Chain) -> None:
    from archiver.index.ingest.warc_files import packages_in, warcs_in  # noqa: PLC0415 - --help doesn't need it

    warcs = (*warcs_in(app.archive.warc), *packages_in(app.archive.warc))
    if unlisted := chain.unlisted(warc.path for warc in warcs):
        app.say(unlisted_note(len(unlisted)))


def _is_no_archive(path: Path) -> bool:
    """Whether nothing in it is a record, or looks like a part of one."""
    is_empty = True
    for found in read_records(path):
        if not isinstance(found, Damage) or not found.cause.startswith(_NO_RECORD):
            return False
        is_empty = False
    return not is_empty


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
        "missing_pages": [asdict(pages) for pages in report.missing_pages],
        "judged_again": report.judged_again,
        "stale_extractors": report.stale_extractors,
    }


def print_report(app: App, report: IngestReport, *, rebuilt: bool = False) -> None:
    """Print one line with what was done, and one for each problem."""
    if app.on_terminal:
        click.echo("\r\x1b[K", err=True, nl=False)
    for line in rule_changes(report.judged_again):
        app.confirm(line)
    done = report.applied
    app.say(
        f"index: {counted(done.captures, 'capture')} read, {counted(done.stories, 'story', 'stories')} new or changed"
    )
    for name, stretch in report.damage:
        click.echo(
            f"archiver: {plain(name)}: {stretch.length} bytes at {stretch.offset} can't be read "
            f"({plain(stretch.cause)}): the rest is indexed; restore the file from a copy if you have one",
            err=True,
        )
    for name, reason in report.failed:
        click.echo(f"archiver: {plain(name)} was left out: {plain(reason)}", err=True)
    for name in report.not_found:
        click.echo(f"archiver: {plain(name)} is not a file: give WARC, ARC or WACZ files", err=True)
    for pages in report.missing_pages:
        click.echo(
            f"archiver: {plain(pages.package)}: {counted(pages.count, 'page')} of its list of pages "
            f"not found in its WARC files, such as {plain(pages.urls[0])}",
            err=True,
        )
    print_missing(report.missing, rebuilt=rebuilt)
    if report.stale_extractors:
        app.say("some texts are from an older extractor: `archiver index --rebuild` extracts them again")


def print_missing(names: Iterable[str], *, rebuilt: bool = True) -> None:
    """Name the files outside the archive that the index or a rebuild needs and that are missing, and the archive's own
    that the manifest has.
    """
    effect = "its stories are not in the new index" if rebuilt else "its records can't be shown or exported"
    for name in names:
        if not name.startswith("/"):
            click.echo(
                f"archiver: archive/warc/{plain(name)} is in the manifest, but missing: a rebuilt index lacks its "
                "stories; restore it from a backup, then run `archiver index`",
                err=True,
            )
            continue
        click.echo(
            f"archiver: {plain(name)} no longer exists: {effect}; give the file's new path to `archiver index`, "
            "or restore it",
            err=True,
        )


def drawn_progress(app: App) -> Callable[[Progress], None]:
    """Draws the progress of an ingest on a terminal."""
    return _draw if app.on_terminal else lambda _: None


def _draw(progress: Progress) -> None:
    text = f"{progress.captures} captures, {progress.stories} stories  {plain(progress.warc)}"
    click.echo(f"\r\x1b[K{text[:100]}", err=True, nl=False)
