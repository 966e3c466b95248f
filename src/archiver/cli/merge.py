"""`archiver merge`: archives that were crawled apart, into one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.app import App, print_json
from archiver.cli.index import drawn_progress, report_json, tell
from archiver.cli.shown import counted
from archiver.errors import ExitCode
from archiver.printable import plain

if TYPE_CHECKING:
    from archiver.merge.merging import Merged


@click.command("merge")
@click.argument("shards", metavar="SHARD…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--link", is_flag=True, help="Make hard links where both are on one disk: takes no room.")
@click.option("--no-index", is_flag=True, help="Leave the index as it is; `archiver index` brings it up to date.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes that extract. Default: one per processor.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@click.pass_obj
def command(app: App, shards: tuple[Path, ...], link: bool, no_index: bool, workers: int | None, as_json: bool) -> int:
    """Bring other archives, or folders of WARC files, into this one: WARC files, decisions, searches, annotations.

    The shards stay as they are, nothing is overwritten, and merging one again brings only what is new. Of two WARC
    files of one name and different content both are kept. Where two archives decided differently, the later decision
    holds. A WARC file that isn't what the shard's manifest says is left out (exit 20).

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
        tell_merged(app, shard)
    if report is not None:
        tell(app, report)
    damaged = any(shard.warcs.left_out for shard in merged) or (report is not None and (report.damage or report.failed))
    return int(ExitCode.DAMAGE if damaged else ExitCode.OK)


def merged_json(shard: Merged) -> dict[str, Any]:
    """What a shard brought, as stable JSON."""
    return asdict(shard) | {"shard": str(shard.shard), "foreign": [str(path) for path in shard.foreign]}


def tell_merged(app: App, shard: Merged) -> None:
    """For people: one line of what a shard brought, and one for each thing that somebody should know."""
    name, files, beside = plain(str(shard.shard)), shard.warcs, shard.beside
    size = f"{files.bytes / 1e6:,.1f} MB"
    brought = [f"{counted(len(files.copied), 'WARC file')} ({size})"]
    numbers = {"decision": beside.decisions, "annotation": beside.annotations, "report": beside.reports}
    brought += [counted(number, word) for word, number in numbers.items() if number]
    app.say(f"{name}: {', '.join(brought)} brought, {len(files.known)} files known")
    told = [f"{old} is here {new}: another file has its name" for old, new in files.renamed.items()]
    told += [f"{file} was left out: {reason}: restore it from a copy" for file, reason in files.left_out.items()]
    told += [f"{file} was left out: records of it were erased here" for file in files.erased]
    told += [
        f"records of {file} were erased there, and are here still: `archiver withdraw … --erase` erases them"
        for file in shard.erased
    ]
    told += [f"decided differently: {conflict}" for conflict in beside.conflicts]
    told += [f"annotations {annotation!r} were left out: they were forgotten here" for annotation in beside.forgotten]
    told += [f"{file} stays there: it is not a WARC file" for file in shard.unknown]
    told += [f"{path} stays where it is, and is read there" for path in shard.foreign]
    for line in told:
        click.echo(f"archiver: {name}: {plain(line)}", err=True)
