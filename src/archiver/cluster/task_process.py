"""A separate process for each task: `python -m archiver.cluster.task_process`, with the job on its standard input.

Scrapy's loop can run only once in a process, and a page that crashes the interpreter must not crash the worker. The
worker writes a line to this process every other second while it lives and holds the leases on the site's hosts. When
the lines stop or stdin is closed, the task stops gracefully, or is killed after a time limit. So no crawl outlives its
worker or the worker's leases, and another task may then crawl the site.

On standard output: one JSON object per line, {"progress": …}, at the end {"result": …} or {"failure": …}.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TextIO

from archiver.cluster.jobs import CrawlJob, Failure, from_line
from archiver.errors import ArchiverError, ExitCode

STOP = "stop"
_PROGRESS_SECONDS = 1.0


class Watch:
    """Reads the worker's lines in a thread, and calls the listener when the task has to stop.

    `silence` and `grace` are seconds: how long the worker may be silent, and how long the task then has to stop.
    """

    def __init__(self, source: TextIO, silence: float, grace: float) -> None:
        self._source = source
        self._silence = silence
        self._grace = grace
        self._heard = time.monotonic()
        self.lost = False  # the worker was silent: the task may have been given to another worker
        self._stopped = threading.Event()
        self._listener: Callable[[], None] | None = None
        self._lock = threading.Lock()
        for target in (self._read, self._look):
            threading.Thread(target=target, daemon=True).start()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call this when the task has to stop; immediately if it has to already."""
        with self._lock:
            self._listener = listener
            stopped = self._stopped.is_set()
        if stopped:
            listener()

    def _read(self) -> None:
        for line in self._source:
            self._heard = time.monotonic()
            if line.strip() == STOP:
                self._end()
        self._lost()

    def _look(self) -> None:
        while time.monotonic() - self._heard < self._silence:
            time.sleep(self._silence / 10)
        self._lost()

    def _end(self) -> None:
        with self._lock:
            first, listener = not self._stopped.is_set(), self._listener
            self._stopped.set()
        if first and listener is not None:
            listener()

    def _lost(self) -> None:
        self.lost = True
        self._end()
        time.sleep(self._grace)
        os._exit(ExitCode.INTERRUPTED)  # synced data is kept; the lease ends soon


class ProgressSender:
    """Reports to the worker: progress at most once a second."""

    def __init__(self, target: TextIO) -> None:
        self._target = target
        self._last = 0.0

    def progress(self, **numbers: Any) -> None:
        now = time.monotonic()
        if now - self._last >= _PROGRESS_SECONDS:
            self._last = now
            self.send("progress", numbers)

    def send(self, kind: str, value: Any) -> None:
        self._target.write(json.dumps({kind: value}) + "\n")
        self._target.flush()


def main() -> None:
    """Run the job in the first line of standard input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the coordinator, which then stops this process
    teller = ProgressSender(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)  # output of libraries goes to the worker's log
    lease = float(sys.argv[1])
    job = from_line(sys.stdin.readline())
    watch = Watch(sys.stdin, silence=lease * 0.4, grace=lease * 0.2)
    try:
        if isinstance(job, CrawlJob):
            from archiver.cluster.site_crawl import crawl_site  # noqa: PLC0415 - loads Scrapy

            report = crawl_site(job, watch.listen, teller.progress)
            if watch.lost:
                os._exit(ExitCode.INTERRUPTED)  # nobody asked to stop: the task is run again, and continues
            teller.send("result", report)
        else:
            from archiver.cluster.warc_extraction import extract_warc  # noqa: PLC0415 - loads trafilatura

            teller.send("result", extract_warc(job, teller.progress))
    except ArchiverError as error:
        teller.send("failure", asdict(Failure(str(error), int(error.exit_code))))
    except Exception as error:  # the next attempt would fail in the same way
        traceback.print_exception(error)
        told = f"bug on a worker: {type(error).__name__}: {error}: the worker's log has more"
        teller.send("failure", asdict(Failure(told, int(ExitCode.BUG))))
    sys.stdout.flush()
    os._exit(0)  # threads that wait for the worker or for name resolution need not end


if __name__ == "__main__":
    main()
