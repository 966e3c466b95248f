"""The process that updates the index during a crawl: if it fails, the crawl continues.

Its modules are loaded only there, because the crawl needs no text extraction.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import signal
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from archiver.errors import ArchiverError
from archiver.index.schema import sqlite_utils_alone
from archiver.layout import Site

if TYPE_CHECKING:
    from archiver.index.ingest.follow import Followed


class Follower:
    """Keeps an archive's index up to date during the `with` block, and a last time at its end.

    Afterwards `stories` is the number of stories indexed and `judged_again` that of pages of each site whose rule for
    stories changed; or `error` is the problem, and `archiver index` indexes the rest.
    """

    def __init__(self, archive: Path, sites: Sequence[Site] = ()) -> None:
        self.stories: int | None = None
        self.judged_again: dict[str, int] = {}
        self.error: ArchiverError | None = None
        # Not forked, because a copy of this process would keep the archive's lock and Scrapy's sockets.
        context = multiprocessing.get_context("spawn")
        self._here, self._there = context.Pipe()
        self._process = context.Process(
            target=_run,
            args=(archive / "index.db", archive / "warc", tuple(sites), self._there),
            name="archiver-index",
        )

    def __enter__(self) -> Self:
        self._process.start()
        self._there.close()  # so that this end is closed when that process ends, for any reason
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):  # it has already ended; its last message can still be read
            self._here.send("the crawl has ended")
        try:
            outcome = self._here.recv()
        except (EOFError, OSError):
            outcome = ArchiverError("the index was not brought up to date", "run `archiver index`")
        self._here.close()
        self._process.join()
        self._process.close()
        if isinstance(outcome, ArchiverError):
            self.error = outcome
        else:
            self.stories, self.judged_again = outcome.stories, outcome.judged_again


def _run(index: Path, warc_dir: Path, sites: Sequence[Site], stop: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the crawl, which then ends this
    gc.set_threshold(10_000, 20, 20)  # as in the program's other process
    sqlite_utils_alone.load()
    from archiver.index.ingest.follow import follow  # noqa: PLC0415 - loads the extraction

    outcome: Followed | ArchiverError
    try:
        outcome = follow(index, warc_dir, sites, stop)
    except ArchiverError as error:
        outcome = type(error)(error.message, error.hint)  # without its cause, which may not be picklable
    with contextlib.suppress(OSError):  # nobody may be left to hear it
        stop.send(outcome)
