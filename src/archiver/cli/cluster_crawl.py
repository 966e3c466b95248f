"""`archiver crawl … --cluster`: each site is one task on a Dask cluster, and the results are merged into this
archive."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archiver.backup.backup import back_up
from archiver.backup.destination import BackupStore
from archiver.backup.working_copy import fetch
from archiver.cli.app import App
from archiver.cli.crawling import print_reports, save_reports, with_index
from archiver.cli.interrupts import Interrupts
from archiver.cli.merge import print_merged
from archiver.cli.progress import CrawlLine
from archiver.cluster.coordinator import Cluster
from archiver.cluster.jobs import CrawlJob, Outcome
from archiver.cluster.site_shards import collect, prepare, shard_name
from archiver.crawl import settings
from archiver.crawl.options import CrawlOptions
from archiver.crawl.report.closing_report import CrawlReport
from archiver.crawl.run import Progress
from archiver.errors import ArchiverError, ExitCode
from archiver.extract.pool import ExtractionPool
from archiver.home import ArchiveDir
from archiver.index.ingest.upkeep import catch_up
from archiver.printable import plain
from archiver.urls import host_of, registered_domain

if TYPE_CHECKING:
    from archiver.spider import ArticleSpider


def crawl_on_cluster(
    app: App,
    spiders: Sequence[type[ArticleSpider]],
    options: CrawlOptions,
    *,
    address: str,
    shards: str | None,
    index: bool,
    as_json: bool,
    on_reports: Callable[[list[dict[str, Any]]], None],
) -> int:
    """Crawl each site as a task, merge new files into the archive as tasks end, report; returns the exit code."""
    reports: dict[str, dict[str, Any]] = {}
    failures: dict[str, tuple[str, int]] = {}
    sites = (*app.sites(), *(spider.site() for spider in spiders))
    with app.archive.locked(), Interrupts() as interrupts, CrawlLine(app.on_terminal) as line, ExitStack() as stack:
        app.record_policies(spiders)
        jobs = []
        for spider in spiders:
            try:
                jobs.append(_job(app.archive, spider, options, shards))
            except ArchiverError as error:
                failures[spider.name] = (str(error), int(error.exit_code))
        cluster = Cluster(address, on_progress=lambda numbers: line.update(Progress(**numbers)), on_note=app.confirm)
        interrupts.listen(cluster.interrupt)
        pool = stack.enter_context(ExtractionPool(1)) if index else None
        for outcome in stack.enter_context(cluster).outcomes(jobs):
            assert isinstance(outcome.job, CrawlJob), "only such were given out"
            site = outcome.job.site
            try:
                print_merged(app, collect(_local_copy(outcome.job), app.archive))
                if pool is not None:
                    catch_up(app.archive.index, app.archive.warc, sites, pool)
            except ArchiverError as error:
                failures[site] = (f"crawled, and not in the archive yet: {error}", int(error.exit_code))
            if outcome.failure is not None:
                failures[site] = (outcome.failure.message, outcome.failure.exit_code)
            else:
                reports[site] = _report(app.archive, outcome, index=index)
        full = [
            reports[spider.name] | {"seeds": list(spider.start_urls)} for spider in spiders if spider.name in reports
        ]
        save_reports(app.archive, full)
    on_reports(full)
    code = print_reports(app, full, as_json=as_json)
    for site, (message, _) in failures.items():
        click.echo(f"archiver: {plain(site)}: {plain(message)}", err=True)
    failed = {failure for _, failure in failures.values()}
    return int(code or max(failed, default=ExitCode.OK))


def _report(archive: ArchiveDir, outcome: Outcome, *, index: bool) -> dict[str, Any]:
    report = with_index(archive, CrawlReport(**outcome.result), index=index)
    return report | {"attempts": outcome.attempts}


def _job(archive: ArchiveDir, spider: type[ArticleSpider], options: CrawlOptions, shards: str | None) -> CrawlJob:
    """The site's task, with its shard prepared. Raises LockedError if a task of an earlier run is using the shard."""
    name = shard_name(spider.name)
    store = f"{shards.rstrip('/')}/{name}" if shards and "://" in shards else None
    folder = Path(shards).absolute() / name if shards and store is None else archive.path / "shards" / name
    shard = ArchiveDir(folder)
    prepare(shard, archive, spider.name)
    if store is not None:
        back_up(shard, None, BackupStore(store))
    hosts = [*spider.allowed_domains, *map(host_of, spider.start_urls)]
    stated = (spider.custom_settings or {}).get("DOWNLOAD_DELAY", settings.DOWNLOAD_DELAY)
    return CrawlJob(
        site=spider.name,
        shard=str(folder),
        store=store,
        spider=_source(spider),
        seeds=tuple(spider.start_urls),
        options=options.to_json(),
        hosts=tuple(sorted({registered_domain(host) for host in hosts})),
        delay=float(options.delay if options.delay is not None else stated),
    )


def _source(spider: type[ArticleSpider]) -> str | None:
    """The text of the file that defines a site; None for a site made from its start pages."""
    if not spider.__module__.startswith("spiders."):
        return None
    return Path(inspect.getfile(spider)).read_text(encoding="utf-8")


def _local_copy(job: CrawlJob) -> ArchiveDir:
    """The shard on this machine, copied from the store if it is kept in one."""
    shard = ArchiveDir(Path(job.shard))
    if job.store is not None:
        fetch(BackupStore(job.store), shard)
    return shard
