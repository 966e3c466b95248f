"""`archiver index`: records whose segments are in different files become WARC files of the archive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.app import App
from archiver.cli.readable import counted
from archiver.printable import plain

if TYPE_CHECKING:
    from archiver.index.ingest.pipeline import IngestReport
    from archiver.selection.joining import Joined


def join_into_archive(
    app: App, report: IngestReport, catch_up: Callable[[], IngestReport], *, is_due: bool
) -> Joined | None:
    """Join the records that are complete now, index the new files with `catch_up`, and add that to the report.

    None if the run met no segment, unless it `is_due`, because checking all segments again requires reading them. The
    caller holds the archive's lock. Raises StorageError.
    """
    if not is_due and not report.skips["segment"]:
        return None
    from archiver.cli.copied_sources import temporary_folder  # noqa: PLC0415 - loads fsspec; few archives have segments
    from archiver.fixity.manifest import Manifest  # noqa: PLC0415
    from archiver.index.database import open_reader  # noqa: PLC0415
    from archiver.index.read.segment_places import segment_places  # noqa: PLC0415
    from archiver.merge.shards import Shard  # noqa: PLC0415
    from archiver.merge.warc_copies import copy_warcs  # noqa: PLC0415
    from archiver.selection.joining import join_segments  # noqa: PLC0415

    with open_reader(app.archive.index) as db:
        places = segment_places(db)
    if not places:
        return None
    app.archive.create()
    manifest = Manifest(app.archive.path)
    once_there = {entry.file for entry in manifest.read().entries}  # also if its record was erased since
    with temporary_folder(app) as folder:
        chosen = folder / "chosen"
        chosen.mkdir()
        joined = join_segments(
            places, app.archive.warc, chosen, lambda name: name in once_there or (app.archive.warc / name).exists()
        )
        copy_warcs(Shard(chosen, chosen), app.archive.warc, manifest, link=True)
    if joined.files:
        more = catch_up()
        report.warcs += more.warcs
        report.applied += more.applied
        report.skips += more.skips
    return joined


def segments_json(joined: Joined | None) -> dict[str, Any]:
    """What was joined and what is incomplete, as stable JSON; empty if there was nothing to do."""
    return {"segments": asdict(joined)} if joined is not None and (joined.files or joined.incomplete) else {}


def print_joined(app: App, joined: Joined | None) -> None:
    """Print how many records were joined, and one line for each file with an incomplete one."""
    if joined is None:
        return
    if joined.files:
        app.say(f"{counted(len(joined.files), 'record')} joined from segments in several files")
    for name in sorted({found.warc_file for found in joined.incomplete}):
        first, *others = [found for found in joined.incomplete if found.warc_file == name]
        more = f"; {len(others)} more records are incomplete" if others else ""
        click.echo(
            f"archiver: {plain(name)}: the record {plain(first.record_id)} is not indexed: {first.reason}{more}; "
            "give the files with the other segments to `archiver index`",
            err=True,
        )
