"""The index follows a running crawl, in a process of its own: whatever happens to it, the crawl goes on."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Self

from archiver.errors import ArchiverError
from archiver.extract.pool import ExtractionPool
from archiver.index.database import index_lock, open_writer
from archiver.index.ingest.annotations import Annotations
from archiver.index.ingest.pipeline import IngestReport, ingest
from archiver.index.ingest.upkeep import behind
from archiver.index.ingest.warc_entries import read_warc
from archiver.index.ingest.warc_files import warcs_in
from archiver.index.learn.boilerplate_decisions import replay
from archiver.index.learn.mirror_decisions import replay_hosts
from archiver.index.learn.withdrawal_decisions import replay_withdrawals
from archiver.layout import Site


class Follower:
    """Keeps an archive's index up to date while the `with` block runs, and a last time at its end.

    Afterwards `report` says what it did, or `error` why it couldn't; the WARCs then wait for `archiver index`.
    """

    def __init__(self, archive: Path, sites: Sequence[Site] = (), workers: int = 1) -> None:
        self.report: IngestReport | None = None
        self.error: ArchiverError | None = None
        # Not forked: a copy of this process would hold the archive's lock and Scrapy's sockets.
        context = multiprocessing.get_context("spawn")
        self._here, self._there = context.Pipe()
        self._process = context.Process(
            target=_run,
            args=(archive / "index.db", archive / "warc", tuple(sites), self._there, workers),
            name="archiver-index",
        )

    def __enter__(self) -> Self:
        self._process.start()
        self._there.close()  # so that our end closes when that process ends, however it ends
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):  # it has ended long ago; what it said last can be read still
            self._here.send("the crawl has ended")
        try:
            outcome = self._here.recv()
        except (EOFError, OSError):
            outcome = ArchiverError("the index was not brought up to date", "run `archiver index`")
        self._here.close()
        self._process.join()
        self._process.close()
        if isinstance(outcome, IngestReport):
            self.report = outcome
        else:
            self.error = outcome


def follow(
    index: Path,
    warc_dir: Path,
    sites: Sequence[Site],
    stop: Connection,
    *,
    workers: int = 1,
    interval: float = 1.0,
) -> IngestReport:
    """Ingest what comes until `stop` gets a message or is closed at its other end, by the crawl or by its death; then
    look a last time."""
    with index_lock(index), open_writer(index) as db, ExtractionPool(workers) as pool:
        replay(db, index.parent)
        replay_hosts(db, index.parent)
        replay_withdrawals(db, index.parent)
        total = IngestReport()
        ended = False
        while not ended:
            ended = stop.poll(interval)
            _add(total, ingest(db, behind(db, warcs_in(warc_dir)), sites, pool, reader=read_warc))
        Annotations(index.parent).replay(db)
        return total


def _run(index: Path, warc_dir: Path, sites: Sequence[Site], stop: Connection, workers: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the crawl, which then ends this
    try:
        outcome: IngestReport | ArchiverError = follow(index, warc_dir, sites, stop, workers=workers)
    except ArchiverError as error:
        outcome = type(error)(error.message, error.hint)  # without its cause, which may not pickle
    with contextlib.suppress(OSError):  # nobody may be left to hear it
        stop.send(outcome)


def _add(total: IngestReport, found: IngestReport) -> None:
    total.warcs = max(total.warcs, found.warcs)
    total.applied += found.applied
    total.skips += found.skips
    total.damage += [entry for entry in found.damage if entry not in total.damage]
    total.failed = found.failed
    total.stale_extractors = found.stale_extractors
