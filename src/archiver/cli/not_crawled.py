"""Records sites that were not crawled at all, so that `report`, `sites` and monitoring don't show an old success."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from archiver.cli.app import App
from archiver.cli.crawling import save_reports
from archiver.cli.targets import LeftOut
from archiver.crawl.report.closing_report import CrawlReport
from archiver.errors import ExitCode


def record_left_out(app: App, left_out: Sequence[LeftOut]) -> list[dict[str, Any]]:
    """Write a report without a fetch, with exit code 2, for each site; returns the reports."""
    reports = [_report(site, datetime.now(UTC)) for site in left_out]
    if reports:
        app.archive.create()
        save_reports(app.archive, reports)
    return reports


def _report(site: LeftOut, now: datetime) -> dict[str, Any]:
    moment = now.isoformat(timespec="seconds")
    report = CrawlReport(
        crawl_id=f"{now:%Y%m%d%H%M%S%f}"[:-3] + f"-{site.name}",
        site=site.name,
        started=moment,
        finished=moment,
        seconds=0.0,
        stop_reason="not_started",
        exit_code=int(ExitCode.USAGE),
        resumed=False,
        fetched=0,
        stories=0,
        pages=0,
        bytes=0,
        retries=0,
        pages_new=0,
        pages_changed=0,
        pages_unchanged=0,
        pages_gone=0,
        not_modified=0,
        revisits=0,
        queued=0,
        reasons={},
        statuses={},
        walls=0,
        hosts={},
        settings={},
        error=site.why,
        cause=site.cause,
    )
    return report.to_json() | {"index": None, "seeds": []}
