"""`archiver merge`: merge archives that were crawled separately."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.app import App, print_json
from archiver.cli.index import drawn_progress, print_report, report_json
from archiver.cli.readable import counted
from archiver.errors import ExitCode
from archiver.printable import plain

if TYPE_CHECKING:
    from archiver.merge.merging import Merged

_NAMED = 10  # stories in a command that is told


@click.command("merge")
@click.argument("shards", metavar="SHARD…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--link", is_flag=True, help="Make hard links if both are on one disk, which takes no space.")
@click.option("--no-index", is_flag=True, help="Don't update the index; `archiver index` does so later.")
@click.option(
    "--workers", type=click.IntRange(min=1), help="Number of extraction processes. Default: one per processor."
)
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@click.pass_obj
def command(app: App, shards: tuple[Path, ...], link: bool, no_index: bool, workers: int | None, as_json: bool) -> int:
    """Merge other archives, or folders of WARC files, into this one: WARC files, decisions, searches, annotations.

    The shards are not changed, nothing is overwritten, and merging a shard again adds only what is new. Two WARC files
    with the same name and different content are both kept. If two archives have different decisions, the later one is
    valid. A WARC file that differs from the shard's manifest is left out (exit 20).

    \b
    Examples:  archiver merge /mnt/paris/archive /mnt/lima/archive
               archiver -A whole merge shards/* --link
    """
    from archiver.extract.pool import ExtractionPool  # noqa: PLC0415 - loads trafilatura
    from archiver.index.ingest.upkeep import catch_up  # noqa: PLC0415
    from archiver.merge.merging import merge  # noqa: PLC0415

    with app.archive.locked():
        merged = merge(app.archive, shards, link=link)
        report = None
        if not no_index:
            with ExtractionPool(workers) as pool:
                foreign = [path for shard in merged for path in shard.foreign]
                report = catch_up(
                    app.archive.index, app.archive.warc, app.sites(), pool,
                    foreign=foreign, on_progress=drawn_progress(app),
                )  # fmt: skip
    if as_json:
        index = report_json(report) if report is not None else None
        print_json({"shards": [merged_json(shard) for shard in merged], "index": index})
    for shard in merged:
        print_merged(app, shard)
    if report is not None:
        print_report(app, report)
    damaged = any(shard.warcs.left_out for shard in merged) or (report is not None and (report.damage or report.failed))
    if damaged:
        return int(ExitCode.DAMAGE)
    return int(ExitCode.USAGE if any(shard.folders for shard in merged) else ExitCode.OK)


def merged_json(shard: Merged) -> dict[str, Any]:
    """What was merged from a shard, as stable JSON."""
    return asdict(shard) | {"shard": str(shard.shard), "foreign": [str(path) for path in shard.foreign]}


def print_merged(app: App, shard: Merged) -> None:
    """Print one line with what was merged from a shard, and one for each thing to know."""
    name, files, beside = plain(str(shard.shard)), shard.warcs, shard.beside
    size = f"{files.bytes / 1e6:,.1f} MB"
    brought = [f"{counted(len(files.copied), 'WARC file')} ({size})"]
    numbers = {"decision": beside.decisions, "annotation": beside.annotations, "report": beside.reports}
    brought += [counted(number, word) for word, number in numbers.items() if number]
    app.say(f"{name}: {', '.join(brought)} brought, {counted(len(files.known), 'file')} known")
    told = [f"{old} is here {new}: another file has its name" for old, new in files.renamed.items()]
    told += [f"{file} was left out: {reason}: restore it from a copy" for file, reason in files.left_out.items()]
    told += [f"{file} was left out: records of it were erased here" for file in files.erased]
    told += _erased_there(shard)
    told += [f"decided differently: {conflict}" for conflict in beside.conflicts]
    told += [f"annotations {annotation!r} were left out: they were forgotten here" for annotation in beside.forgotten]
    told += [
        f"{folder} was not merged: it is a folder with {counted(number, 'archive file')}: merge it separately"
        for folder, number in shard.folders.items()
    ]
    told += [f"{file} stays there: it is not a WARC file" for file in shard.unknown]
    told += [f"{path} stays where it is, and is read there" for path in shard.foreign]
    for line in told:
        click.echo(f"archiver: {name}: {plain(line)}", err=True)


def _erased_there(shard: Merged) -> list[str]:
    """The files with records that were erased in the shard, with the command that erases its erased stories here."""
    if not shard.erased:
        return []
    from archiver.withdraw import listed  # noqa: PLC0415 - loads the index

    stories = sorted({entry.story for entry in listed(shard.shard) if entry.verdict == "erased" and entry.story})
    files = f"records of {', '.join(shard.erased)} were erased there, and are here still"
    if not stories:
        return [f"{files}: `archiver withdraw --list` has their URLs by a hash; erase them with `withdraw URL --erase`"]
    named = " ".join(stories[:_NAMED]) + (" …" if len(stories) > _NAMED else "")
    return [f"{files}: erase them here, too: `archiver withdraw {named} --erase --reason TEXT`"]
