"""One site's crawl as a task. It writes into a shard, a separate archive in shared storage."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archiver.backup.backup import back_up
from archiver.backup.destination import BackupStore
from archiver.backup.upload import Uploads
from archiver.backup.working_copy import fetch
from archiver.cluster.jobs import CrawlJob
from archiver.crawl.options import CrawlOptions
from archiver.crawl.run import CrawlRun, Progress
from archiver.errors import LockedError, StorageError, UsageError
from archiver.home import ArchiveDir
from archiver.loader import load_spiders
from archiver.spider import ArticleSpider, spider_for_urls

_PATIENCE = 30.0  # seconds; longer than a task survives its worker


def crawl_site(
    job: CrawlJob, on_stop: Callable[[Callable[[], None]], None], on_progress: Callable[..., None]
) -> dict[str, Any]:
    """Crawl; returns the report as JSON. `on_stop` is given the function that interrupts the crawl.

    Raises LockedError while another task uses the shard, StorageError, UsageError.
    """
    if job.store is None:
        return _crawl(job, ArchiveDir(Path(job.shard)), on_stop, on_progress, None)
    with tempfile.TemporaryDirectory(prefix="archiver-shard-") as folder:
        store, archive = BackupStore(job.store), ArchiveDir(Path(folder) / "archive")
        fetch(store, archive)
        report = _crawl(job, archive, on_stop, on_progress, store)
        saved = back_up(archive, None, store)
        if saved.problems:
            raise StorageError(f"{job.store}: {saved.problems[0]}", "the next run fetches what is missing again")
        return report


def _crawl(
    job: CrawlJob,
    archive: ArchiveDir,
    on_stop: Callable[[Callable[[], None]], None],
    on_progress: Callable[..., None],
    store: BackupStore | None,
) -> dict[str, Any]:
    def report_progress(progress: Progress) -> None:
        on_progress(**asdict(progress))

    with ExitStack() as stack:
        _lock(archive, stack)
        _wait_for_delay(archive.warc, job.delay)
        log = archive.logs / f"{datetime.now(UTC):%Y%m%d}.log"
        uploads = Uploads(store, archive.warc) if store else None
        with uploads or nullcontext():
            send = uploads.send if uploads else lambda *_: None
            run = CrawlRun(
                archive.warc,
                archive.frontier,
                log,
                CrawlOptions.from_json(job.options),
                on_progress=report_progress,
                on_closed=send,
            )
            on_stop(run.interrupt)
            (report,) = run.run([_spider(job)])
    if uploads is not None and uploads.failed:
        raise StorageError(uploads.failed[0], "the next run sends it again")
    return report.to_json()


def _lock(archive: ArchiveDir, stack: ExitStack) -> None:
    """Take the shard's lock. The process of a dead worker may hold it for some more seconds. Raises LockedError."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            stack.enter_context(archive.locked())
        except LockedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return


def _spider(job: CrawlJob) -> type[ArticleSpider]:
    if job.spider is None:
        return spider_for_urls(dict.fromkeys(job.seeds), job.site)
    with tempfile.TemporaryDirectory(prefix="archiver-spider-") as folder:
        path = Path(folder) / "site.py"
        path.write_text(job.spider, encoding="utf-8")
        loaded = load_spiders([path])
    if job.site not in loaded.spiders:
        why = loaded.broken[0].error if loaded.broken else "its file defines no such site"
        raise UsageError(f"{job.site} can't be loaded on a worker ({why})", "install what its file imports there")
    return loaded.spiders[job.site]


def _wait_for_delay(warc: Path, delay: float) -> None:
    """Wait until the crawl delay has passed since the site's last response, which a dead worker may have received just
    now."""
    written = max((path.stat().st_mtime for path in warc.glob("*.open")), default=0.0)
    time.sleep(min(max(0.0, written + delay - time.time()), delay))
