"""`archiver index --cluster`: each WARC file is extracted as a task on a Dask cluster; the index is written here."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from archiver.cli.app import App
from archiver.cli.interrupts import Interrupts
from archiver.cluster.coordinator import Cluster
from archiver.cluster.jobs import ExtractJob
from archiver.cluster.outcomes import Recorded
from archiver.errors import ArchiverError, StorageError
from archiver.extract.pool import ExtractionPool
from archiver.index.database import open_reader
from archiver.index.ingest.pipeline import is_behind
from archiver.index.ingest.warc_entries import read_warc
from archiver.index.ingest.warc_files import WarcFile, warc_file, warcs_in
from archiver.index.read.foreign_files import foreign_names
from archiver.layout import Site
from archiver.printable import plain
from archiver.warc.places import OPEN, is_there, path_of


@contextmanager
def extracted_on_cluster(
    app: App, address: str, foreign: Sequence[Path], sites: Sequence[Site], *, rebuilding: bool, workers: int | None
) -> Iterator[Recorded]:
    """Extract the WARC files to be read, each as a task; yields the extractor and reader for ingest.

    If a task fails, the failure is reported and the file is extracted here. The files of outcomes are removed at the
    end.
    """
    folder = app.archive.path / "extracted"
    try:
        shutil.rmtree(folder, ignore_errors=True)  # left by a killed run
        folder.mkdir()
    except OSError as error:
        raise StorageError(f"{folder} can't be made ({error.strerror})", "check the disk") from error
    files = _to_extract(app, foreign, rebuilding=rebuilding)
    jobs = {
        warc.path: ExtractJob(
            str(warc.path.absolute()), str(folder / f"{number}"), tuple(site.to_json() for site in sites), workers or 1
        )
        for number, warc in enumerate(files)
    }
    try:
        _extract(app, address, list(jobs.values()))
        with ExtractionPool(workers or 1) as pool:
            recorded = Recorded({warc: Path(job.into) for warc, job in jobs.items()}, pool, read_warc)
            yield recorded
        app.say(f"{recorded.found} pages extracted on the cluster, {recorded.extracted} here")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _to_extract(app: App, foreign: Sequence[Path], *, rebuilding: bool) -> list[WarcFile]:
    """The files that ingest will read, except packages and files that grow: their pages are extracted here."""
    found = {warc.name: warc for warc in (*warcs_in(app.archive.warc), *(warc_file(path, None) for path in foreign))}
    if rebuilding:
        for name in foreign_names(app.archive.index):
            found.setdefault(name, WarcFile(path_of(name), name))
    elif app.archive.index.exists():
        with suppress(ArchiverError), open_reader(app.archive.index) as db:  # ingest reports problems of the index
            found = {name: warc for name, warc in found.items() if is_behind(db, warc)}
    names = (OPEN, ".wacz")
    return [warc for warc in found.values() if is_there(warc.path) and not warc.path.name.endswith(names)]


def _extract(app: App, address: str, jobs: list[ExtractJob]) -> None:
    pages: dict[str, int] = {}
    started = time.monotonic()

    def show_progress(numbers: dict[str, Any]) -> None:
        pages[numbers["warc"]] = numbers["pages"]
        if app.on_terminal:
            total = sum(pages.values())
            rate = total / max(time.monotonic() - started, 0.001)
            click.echo(
                f"\r\x1b[K{total} pages extracted, {rate:.0f}/s, {len(done)} of {len(jobs)} files", err=True, nl=False
            )

    done: list[str] = []
    if not jobs:
        return
    with (
        Interrupts() as interrupts,
        Cluster(address, threads=1, on_progress=show_progress, on_note=app.confirm) as cluster,
    ):
        interrupts.listen(cluster.interrupt)
        total = 0
        for outcome in cluster.outcomes(jobs):
            assert isinstance(outcome.job, ExtractJob), "only such were given out"
            done.append(outcome.job.warc)
            total += outcome.result.get("pages", 0)
            if outcome.failure is not None:
                told_of = (
                    f"{plain(outcome.job.warc)} was not extracted on the cluster: {plain(outcome.failure.message)}"
                )
                click.echo(f"archiver: {told_of}", err=True)
    seconds = time.monotonic() - started
    app.say(
        f"{total} pages of {len(jobs)} files extracted in {seconds:.0f} s: {total / max(seconds, 0.001):.0f} pages/s"
    )
