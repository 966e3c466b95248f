"""Extraction in worker processes, with a hard limit of time and memory for each page.

A page that hangs, exhausts memory or crashes the interpreter becomes a `Skip` and does not affect other pages. One task
holds several pages, because handing over a task costs more than some pages need. If a task fails, its pages are
repeated one by one, so that the failure is attributed to the right page. When pages fail, a known good page is
extracted too: if that fails as well, the workers are at fault (the program was replaced or removed, memory is short),
and the run ends before any page is marked as unreadable.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import resource
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from multiprocessing.context import BaseContext
from types import TracebackType
from typing import Any, Self

from pebble import ProcessExpired, ProcessPool

from archiver.errors import StorageError
from archiver.layout import Site
from archiver.model import Article, Skip

CHUNK_PAGES = 8
CHUNK_BYTES = 1_000_000
# The caches of trafilatura and lxml grow: a worker is replaced after about this many pages.
PAGES_PER_WORKER = 4000
# Chunks queued for each worker: enough work while the index stores the previous batch.
_AHEAD = 4
# Failures that may be the workers' fault: a page gets such a reason only if a known good page succeeds.
_OF_THE_WORKERS = ("crashed", "failed")
# Seconds after the sum of all time-outs until a silent pool is given up.
_GRACE = 30.0


@dataclass(frozen=True, slots=True)
class ExtractTask:
    """One page for `extract`, with its arguments."""

    payload: bytes
    url: str
    captured_at: datetime
    site: Site | None = None
    mime: str | None = "text/html"
    charset: str | None = None


_GOOD_PAGE = ExtractTask(
    b"<html lang=en><title>The ferry is late</title><article><h1>The ferry is late</h1><p>The ferry to the island left "
    b"an hour late on Monday because of fog, the harbour office said.</p></article>",
    "https://harbour.example/news/the-ferry-is-late",
    datetime(2024, 1, 1, tzinfo=UTC),
)

_Handed = tuple[list[ExtractTask], Any]  # a chunk and the future of its outcomes


class ExtractionPool:
    """Worker processes that extract pages: `workers` of them, by default one per processor available to this process.

    Use it as a context manager; `map` keeps the order of its tasks. Raises ValueError for fewer than one worker.
    """

    def __init__(self, workers: int | None = None, timeout: float = 20, memory_limit: int = 2 << 30) -> None:
        workers = processors() if workers is None else workers
        if workers < 1:
            raise ValueError("an extraction pool needs at least one worker")
        self._workers = workers
        self._timeout = timeout
        self._memory_limit = memory_limit
        self._pool = self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stops the workers; unfinished work is dropped."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def map(self, tasks: Iterable[ExtractTask]) -> Iterator[Article | Skip]:
        """An outcome for each task, in their order. Reads ahead only as far as the workers need.

        Raises StorageError if the workers can't extract any page.
        """
        waiting: deque[_Handed] = deque()
        for chunk in _chunks(tasks):
            waiting.append((chunk, self._submit(chunk)))
            if len(waiting) > _AHEAD * self._workers:
                yield from self._collect(waiting)
        while waiting:
            yield from self._collect(waiting)

    def _open(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self._workers,
            max_tasks=PAGES_PER_WORKER // CHUNK_PAGES,
            initializer=_start_worker,
            initargs=[self._memory_limit],
            context=_context(),
        )

    def _submit(self, chunk: Sequence[ExtractTask]) -> Any:
        try:
            return self._pool.schedule(_extract_all, args=[chunk], timeout=self._timeout)
        except RuntimeError as error:  # the pool broke: `_collect` gets the error and replaces the pool
            failed: Future[Any] = Future()
            failed.set_exception(error)
            return failed

    def _collect(self, waiting: deque[_Handed]) -> Iterator[Article | Skip]:
        chunk, future = waiting.popleft()
        outcomes = self._outcome(future, waiting)
        if isinstance(outcomes, Skip):
            outcomes = [outcomes] if len(chunk) == 1 else None
        if outcomes is None:
            outcomes = [self._alone(task, waiting) for task in chunk]
        if any(isinstance(found, Skip) and found.reason in _OF_THE_WORKERS for found in outcomes):
            self._check_workers(waiting)
        yield from outcomes

    def _alone(self, task: ExtractTask, waiting: deque[_Handed]) -> Article | Skip:
        for _ in range(2):
            outcome = self._outcome(self._submit([task]), waiting)
            if isinstance(outcome, list):
                return outcome[0]
            if isinstance(outcome, Skip):
                return outcome
        return Skip("crashed", "the worker pool failed twice on this page")

    def _check_workers(self, waiting: deque[_Handed]) -> None:
        """Raises StorageError if a known good page fails as well."""
        found = self._alone(_GOOD_PAGE, waiting)
        if isinstance(found, Skip) and found.reason in _OF_THE_WORKERS:
            raise StorageError(
                f"the worker processes can't extract pages ({found.detail})",
                "if the program was replaced meanwhile or memory is short, run `archiver index` again: "
                "it continues where this run stopped",
            )

    def _outcome(self, future: Any, waiting: deque[_Handed]) -> list[Article | Skip] | Skip | None:
        """A task's outcomes, or the failure of its worker; None where the whole pool broke and was replaced."""
        # A worker killed while writing leaves half a message or a lock behind: then no more results would arrive.
        patience = self._timeout * (len(waiting) // self._workers + 2) + _GRACE
        try:
            outcomes: list[Article | Skip] = future.result(timeout=patience)
        except ProcessExpired as expired:
            return Skip("crashed", f"the worker ended with status {expired.exitcode}")
        except MemoryError:
            return Skip("too_big", "more memory than a page may take")
        except TimeoutError:
            if future.done():
                return Skip("too_slow", f"no result within {self._timeout:g} s")
            self._replace(waiting)
            return None
        except (RuntimeError, CancelledError):  # BrokenProcessPool, or a pool that was closed after it
            self._replace(waiting)
            return None
        return outcomes

    def _replace(self, waiting: deque[_Handed]) -> None:
        """Replaces a broken pool; the new one gets the same tasks."""
        self.close()
        self._pool = self._open()
        for index, (chunk, _) in enumerate(waiting):
            waiting[index] = (chunk, self._submit(chunk))


def _chunks(tasks: Iterable[ExtractTask]) -> Iterator[list[ExtractTask]]:
    chunk: list[ExtractTask] = []
    size = 0
    for task in tasks:
        if chunk and (len(chunk) >= CHUNK_PAGES or size + len(task.payload) > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(task)
        size += len(task.payload)
    if chunk:
        yield chunk


def processors() -> int:
    """Number of processors available to this process: a batch system or `taskset` may limit it."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _context() -> BaseContext:
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")  # Apple's libraries may crash in a forked process
    # A fork server starts workers quickly and without copies of this process's threads.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["archiver.extract.pool", "archiver.extract.story"])
    return context


def _start_worker(memory_limit: int) -> None:
    # Ctrl-C reaches the whole process group: only the parent handles it, and stops the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import_module("archiver.extract.story")  # not within the first page's time limit
    # Modules and patterns are permanent, and page trees have no cycles: rare garbage collection is sufficient.
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    try:
        _limit_memory(memory_limit)
    except (OSError, ValueError):
        if sys.platform == "linux":
            raise
        # macOS has RLIMIT_AS but does not allow lowering it: there only size and time of a page are limited.


def _limit_memory(memory_limit: int) -> None:
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = memory_limit if hard == resource.RLIM_INFINITY else min(memory_limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _extract_all(chunk: Sequence[ExtractTask]) -> list[Article | Skip]:
    return [guarded(partial(_extract_one, task)) for task in chunk]


def _extract_one(task: ExtractTask) -> Article | Skip:
    from archiver.extract.story import extract  # noqa: PLC0415 - only workers need it

    return extract(task.payload, task.url, task.captured_at, site=task.site, mime=task.mime, charset=task.charset)


def guarded(work: Callable[[], Article | Skip]) -> Article | Skip:
    """The result of the work, or a Skip with the exception: a bug triggered by one page must not affect others."""
    try:
        return work()
    except MemoryError:
        return Skip("too_big", "more memory than a page may take")
    except Exception as error:
        return Skip("failed", f"{type(error).__name__}: {error}"[:300])
