"""The extraction of one WARC file as a task: reads the file as ingest does, and writes its pages' outcomes to a
file."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from archiver.cluster.jobs import ExtractJob
from archiver.cluster.outcomes import write_outcomes
from archiver.errors import StorageError
from archiver.extract.pool import ExtractionPool, ExtractTask
from archiver.index.ingest.pipeline import page_tasks
from archiver.index.ingest.warc_entries import read_warc
from archiver.layout import Site
from archiver.model import Article, Skip


def extract_warc(job: ExtractJob, on_progress: Callable[..., None]) -> dict[str, Any]:
    """Extract; returns the number of pages. The file of an earlier attempt is replaced.

    Raises StorageError.
    """
    into = Path(job.into)
    part = into.with_name(f"{into.name}.{os.getpid()}.part")
    sites = tuple(map(Site.from_json, job.sites))
    with ExtractionPool(job.workers) as pool:
        try:
            with part.open("wb") as file:
                pages = write_outcomes(file, _extracted(Path(job.warc), sites, pool, on_progress))
            part.replace(into)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise StorageError(f"{into} can't be written ({error.strerror})", "check the shared folder") from error
    return {"pages": pages}


def _extracted(
    warc: Path, sites: tuple[Site, ...], pool: ExtractionPool, on_progress: Callable[..., None]
) -> Iterator[tuple[ExtractTask, Article | Skip]]:
    waiting: deque[ExtractTask] = deque()

    def tasks() -> Iterator[ExtractTask]:
        for task in page_tasks(warc, sites, read_warc):
            waiting.append(task)
            yield task

    for pages, outcome in enumerate(pool.map(tasks()), 1):
        on_progress(warc=warc.name, pages=pages)
        yield waiting.popleft(), outcome
