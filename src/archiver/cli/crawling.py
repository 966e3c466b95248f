"""What `crawl`, `capture` and `demo` share: one lock, the crawl in this process, the index following in another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from archiver.cli.app import App, print_json
from archiver.cli.progress import CrawlLine
from archiver.crawl.report import CrawlReport
from archiver.crawl.run import CrawlOptions, CrawlRun
from archiver.errors import ExitCode, StorageError
from archiver.home import ArchiveDir
from archiver.index.follow import Follower

if TYPE_CHECKING:
    from archiver.spider import ArticleSpider

# Of several sites' codes the one that asks most urgently for somebody's attention.
_BY_URGENCY = (
    ExitCode.STORAGE,
    ExitCode.INTERRUPTED,
    ExitCode.BLOCKED,
    ExitCode.NO_SEED,
    ExitCode.TOO_MANY_FAILURES,
    ExitCode.NO_ARTICLES,
    ExitCode.TIME_LIMIT,
)


def run_and_index(
    app: App, spiders: Sequence[type[ArticleSpider]], options: CrawlOptions, *, index: bool, as_json: bool
) -> int:
    """Crawl, keep the index up to date meanwhile, report; returns the exit code."""
    sites = tuple(spider.site() for spider in spiders if not options.exact)
    with app.archive.locked():
        log = app.archive.logs / f"{datetime.now(UTC):%Y%m%d}.log"
        follower = Follower(app.archive.path, (*app.sites(), *sites)) if index else nullcontext()
        with follower, CrawlLine(app.on_terminal) as line:
            run = CrawlRun(app.archive.warc, app.archive.frontier, log, options, line.update)
            reports = run.run(spiders)
        _keep(app.archive, reports)
    if as_json:
        print_json([report.to_json() for report in reports])
    for report in reports:
        _tell(app, report)
    codes = {report.exit_code for report in reports}
    return int(next((code for code in _BY_URGENCY if code in codes), ExitCode.OK))


def _keep(archive: ArchiveDir, reports: Sequence[CrawlReport]) -> None:
    """A report per crawl in reports/. The same stands in the WARC: a failure here loses nothing."""
    for report in reports:
        path = archive.reports / f"{report.crawl_id}.json"
        try:
            path.write_text(json.dumps(report.to_json(), indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise StorageError(f"{path} can't be written ({error.strerror})", "free some space") from error


def _tell(app: App, report: CrawlReport) -> None:
    if report.error:
        click.echo(f"archiver: {report.site}: {report.error}", err=True)
    fine = ("done", "redirect", "off_site")
    failed = {reason: count for reason, count in report.reasons.items() if reason not in fine}
    parts = [f"{report.stories} story pages and {report.pages} other pages fetched"]
    if failed:
        parts.append("not fetched: " + ", ".join(f"{count} {reason}" for reason, count in failed.items()))
    if report.queued:
        parts.append(f"{report.queued} left for the next run")
    app.say(f"{report.site}: {'; '.join(parts)} ({_ENDINGS[report.stop_reason]})")
    if report.exit_code == ExitCode.NO_SEED:
        click.echo(
            f"archiver: {report.site}: no start page could be fetched: check the address and the network", err=True
        )


_ENDINGS = {
    "finished": "finished",
    "max_pages": "stopped at --max-pages",
    "time_limit": "time limit; run it again to go on",
    "interrupted": "interrupted; run it again to go on",
    "storage": "stopped: nothing can be written",
}
