"""Shared by `crawl`, `capture` and `demo`: one lock, the crawl in this process, the indexer in another."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.app import App, print_json
from archiver.cli.crawl_messages import problem_of, rule_changes, summary_of
from archiver.cli.interrupts import Interrupts
from archiver.cli.old_logs import DEFAULT, limits_of, remove_old_logs
from archiver.cli.progress import CrawlLine
from archiver.cli.still_lost import still_lost
from archiver.crawl.options import CrawlOptions
from archiver.crawl.report.closing_report import CrawlReport
from archiver.crawl.run import CrawlRun
from archiver.errors import ArchiverError, ExitCode, LockedError, StorageError
from archiver.home import ArchiveDir
from archiver.index.database import open_reader
from archiver.index.ingest.follower import Follower
from archiver.index.read.crawl_changes import StoryChanges, story_changes
from archiver.index.read.story_reader import hides_pages
from archiver.printable import plain

if TYPE_CHECKING:
    from archiver.backup.upload import Uploads
    from archiver.spider import ArticleSpider

_TO_JUDGE = 5  # story pages: fewer may all be exceptions
# With several sites: the exit codes, the most serious first.
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
    app: App,
    spiders: Sequence[type[ArticleSpider]],
    options: CrawlOptions,
    *,
    index: bool,
    as_json: bool,
    upload: str | None = None,
    on_reports: Callable[[list[dict[str, Any]]], None] = lambda _: None,
) -> int:
    """Crawl, update the index meanwhile, and report. Returns the exit code."""
    sites = tuple(spider.site() for spider in spiders if not options.exact)
    limits = limits_of(app.option("keep_logs") or DEFAULT)
    with app.archive.locked():
        if not options.exact:
            app.record_policies(spiders)
        remove_old_logs(app.archive.logs, limits)
        log = app.archive.logs / f"{datetime.now(UTC):%Y%m%d}.log"
        uploads = _uploads(app, upload) if upload else nullcontext()
        follower = Follower(app.archive.path, (*app.sites(), *sites)) if index else nullcontext()
        # After the crawl has ended, the first signal is ignored until the rest is indexed.
        with Interrupts() as interrupts:
            with follower, uploads as sending, CrawlLine(app.on_terminal) as line:
                send = sending.send if sending is not None else lambda *_: None
                run = CrawlRun(
                    app.archive.warc, app.archive.frontier, log, options, line.update, app.say, app.confirm, send
                )
                interrupts.listen(run.interrupt)
                reports = run.run(spiders)
            full = [
                with_index(app.archive, report, index=index) | {"seeds": list(spider.start_urls)}
                for report, spider in zip(reports, spiders, strict=True)
            ]
            save_reports(app.archive, full)
    on_reports(full)
    code = print_reports(app, full, as_json=as_json)
    for failure in sending.failed if sending is not None else ():
        click.echo(f"archiver: not uploaded: {plain(failure)}", err=True)
        code = code or ExitCode.STORAGE
    if isinstance(follower, Follower):
        for told in rule_changes(follower.judged_again):
            app.confirm(told)
    trouble = follower.error if isinstance(follower, Follower) else None
    if trouble is not None:
        click.echo(f"archiver: the captures are kept but not indexed: {trouble}", err=True)
    if isinstance(trouble, LockedError):  # another run is using the index: 75 would mean that nothing was crawled
        return int(code)
    return int(code or (trouble.exit_code if trouble else ExitCode.OK))


def print_reports(app: App, reports: Sequence[dict[str, Any]], *, as_json: bool) -> ExitCode:
    """Print what crawls did; returns the most serious of their exit codes."""
    if as_json:
        print_json(reports)
    for report in reports:
        app.say(summary_of(report))
        problem = problem_of(report)
        if problem:
            click.echo(f"archiver: {problem}", err=True)
        for missing in report.get("missing", ()):
            click.echo(f"archiver: not captured: {plain(missing['url'])} ({missing['reason']})", err=True)
    codes = {report["exit_code"] for report in reports}
    return next((code for code in _BY_URGENCY if code in codes), ExitCode.OK)


def _uploads(app: App, where: str) -> Uploads:
    from archiver.backup.destination import BackupStore  # noqa: PLC0415 - loads fsspec, which most crawls don't need
    from archiver.backup.upload import Uploads  # noqa: PLC0415

    return Uploads(BackupStore(where), app.archive.warc)


def with_index(archive: ArchiveDir, report: CrawlReport, *, index: bool) -> dict[str, Any]:
    """The report with the result from the index: which stories are new, changed or gone."""
    full, hides = _judged_by_text(archive, report, index=index)
    return full | still_lost(archive, full, hides=hides)


def _judged_by_text(archive: ArchiveDir, report: CrawlReport, *, index: bool) -> tuple[dict[str, Any], bool]:
    """The report with the result from the index, and whether the index hides stories of the site."""
    full = report.to_json() | {"index": None}
    if not index or not archive.index.exists():
        return full, False
    try:
        with open_reader(archive.index) as db:
            found = story_changes(db, report.crawl_id).get(report.crawl_id, StoryChanges())
            hides = hides_pages(db, report.site)
    except ArchiverError:
        return full, False  # the follower reports the problem
    full["index"] = asdict(found)
    if report.exit_code == ExitCode.NO_ARTICLES and not report.had_stories and found.seen:
        # The URLs don't show what is a story; the extracted pages do.
        full |= {"exit_code": int(ExitCode.OK), "cause": None, "cause_detail": None}
    if report.exit_code == ExitCode.OK and not found.seen and not hides and _should_have_stories(report):
        answered = report.pages_new + report.pages_changed
        told = f"none of {answered} new or changed story pages contains a story"
        full |= {"exit_code": int(ExitCode.NO_ARTICLES), "cause": "no_story_text", "cause_detail": told}
        full |= {"lost_stories": told} if report.had_stories else {}
    return full, hides


def _should_have_stories(report: CrawlReport) -> bool:
    """Whether some of the fetched pages must be stories. For a site that had stories, a few pages may be exceptions;
    for a new site that was crawled completely, none.
    """
    answered = report.pages_new + report.pages_changed
    if report.had_stories:
        return answered >= _TO_JUDGE
    whole = report.stop_reason == "finished" and not report.resumed
    return whole and answered > 0 and not report.settings.keys() & {"exact", "include", "exclude", "since"}


def save_reports(archive: ArchiveDir, reports: Sequence[dict[str, Any]]) -> None:
    """Write a report of each crawl to reports/. The WARC has the same report, so a failure here loses nothing."""
    for report in reports:
        path = archive.reports / f"{report['crawl_id']}.json"
        try:
            new = path.with_suffix(".new")  # on a full disk no part of a report is left
            new.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
            new.replace(path)
        except OSError as error:
            with suppress(OSError):
                new.unlink(missing_ok=True)
            raise StorageError(f"{path} can't be written ({error.strerror})", "free some space") from error
