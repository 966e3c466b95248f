"""`archiver report`: what a crawl did, by reason, host and status, and what it changed in the archive."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from archiver.cli.app import App, print_json
from archiver.cli.completing import complete_site
from archiver.cli.readable import by_number, counted, print_table, when
from archiver.errors import ArchiverError, UsageError, did_you_mean
from archiver.home import ArchiveDir
from archiver.index.database import open_reader
from archiver.index.read.crawl_changes import StoryChanges, crawl_rows, story_changes
from archiver.printable import plain
from archiver.warc.places import OPEN


@click.command("report")
@click.argument("crawl", required=False, shell_complete=complete_site)
@click.option("--all", "every", is_flag=True, help="Print one line for each crawl, the latest last.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: one object, or an array with --all.")
@click.pass_obj
def command(app: App, crawl: str | None, every: bool, as_json: bool) -> None:
    """Show what a crawl did: the latest crawl, the latest of a site, or one by its ID.

    The numbers of new, changed and gone stories come from the index.

    \b
    Examples:  archiver report
               archiver report aldia --json
               archiver report --all
    """
    app.archive.require()
    reports = reports_of(app.archive)
    found = [report for report in reports if crawl is None or crawl in (report["site"], report["crawl_id"])]
    if not found and not (every and crawl is None):
        if not reports:
            raise UsageError(f"there is no crawl in {app.archive.path} yet", "start one with `archiver crawl SITE`")
        sites = {str(report["site"]) for report in reports}
        hint = "; ".join(filter(None, (did_you_mean(str(crawl), sites), "see `archiver report --all`")))
        raise UsageError(f"no crawl named {crawl!r} in {app.archive.path}", hint)
    if every:
        print_json(found) if as_json else _print_lines(found, running_crawls(app.archive, reports))
    elif as_json:
        print_json(found[-1])
    else:
        _print_one(found[-1])
        others = {report["site"] for report in found} - {found[-1]["site"]}
        if others:
            click.echo(f"{'others':<10} {counted(len(others), 'more site')}: `archiver report --all`, or name a site")


# In place of a stop reason. The WARC files of other programs name no site.
_CLOCKS_DIFFER = timedelta(hours=1)  # between two machines
_NO_REPORT = "no_report"
_IMPORT = "import"

# The fields that the commands read without checking that they exist.
_ALWAYS = {
    *("crawl_id", "site", "started", "finished", "stop_reason", "exit_code", "fetched", "stories", "pages", "queued"),
    *("reasons", "statuses", "index", "error"),
}


def reports_of(archive: ArchiveDir) -> list[dict[str, Any]]:
    """All crawls of an archive in chronological order: from reports/, and from the index if they have no file there."""
    found: dict[str, dict[str, Any]] = {}
    changes: Mapping[str, StoryChanges] = {}
    if archive.index.exists():
        try:
            with open_reader(archive.index) as db:
                changes = story_changes(db)
                found = {str(row["id"]): _of_row(row) for row in crawl_rows(db)}
        except ArchiverError as error:
            click.echo(f"archiver: {error}", err=True)
    for path in sorted(archive.reports.glob("*.json")):
        try:
            report = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            report = None
        if isinstance(report, dict) and report.keys() >= _ALWAYS:
            found[str(report["crawl_id"])] = report
        else:
            click.echo(
                f"archiver: {path} is not a valid report and is left out: it can be deleted, because the last WARC "
                "file of its crawl has the report, too",
                err=True,
            )
    for crawl_id, report in found.items():
        if crawl_id in changes:
            report["index"] = asdict(changes[crawl_id])
        report["per_second"] = _rate(report)
    return in_order(found.values(), datetime.now(UTC))


def in_order(reports: Iterable[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Reports by their start, the latest last. Those that started in the future, by a wrong clock, come first: they
    must not hide the crawls since then. Prints a line about them."""
    limit = (now + _CLOCKS_DIFFER).isoformat(timespec="seconds")
    ordered = sorted(reports, key=lambda report: (_start(report) <= limit, _start(report), report["crawl_id"]))
    future = [report for report in ordered if _start(report) > limit]
    if future:
        click.echo(
            f"archiver: {counted(len(future), 'crawl')} with a start in the future, such as {future[0]['crawl_id']}: "
            "the clock was wrong; none of them counts as the latest",
            err=True,
        )
    return ordered


def _start(report: Mapping[str, Any]) -> str:
    return report.get("started") or ""


def _of_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `crawls` in the form of a report. A crawl without an end was killed or is still running."""
    report = {name: value for name, value in row.items() if name != "id"} | {"crawl_id": row["id"], "index": None}
    for name in ("settings", "reasons", "statuses"):
        report[name] = json.loads(report[name]) if report[name] else {}
    report["stop_reason"] = report["stop_reason"] or (_NO_REPORT if report["site"] else _IMPORT)
    return report


def _rate(report: Mapping[str, Any]) -> float | None:
    return round(report["fetched"] / report["seconds"], 2) if report.get("seconds") and report.get("fetched") else None


def running_crawls(archive: ArchiveDir, reports: list[dict[str, Any]]) -> Container[str]:
    """The IDs of the crawls that another process makes now: the latest ones of their sites, without a report yet and
    with an open WARC file."""
    if not archive.in_use:
        return ()
    latest = {str(report["site"]): report for report in reports}
    unfinished = {site: str(r["crawl_id"]) for site, r in latest.items() if r["stop_reason"] == _NO_REPORT}
    names = [path.name for path in archive.warc.glob(f"*{OPEN}")]
    return {crawl for site, crawl in unfinished.items() if any(name.startswith(f"{site}-") for name in names)}


def _print_lines(reports: list[dict[str, Any]], running: Container[str]) -> None:
    rows = []
    for report in reports:
        index = report["index"] or {}
        changes = (index.get(name) for name in ("new", "changed", "gone"))
        rows.append(
            (
                when(report["started"]), report["site"], report["fetched"], _megabytes(report), *changes,
                "running" if report["crawl_id"] in running else report["stop_reason"], report["exit_code"],
                report["crawl_id"],
            )
        )  # fmt: skip
    print_table(("started", "site", "fetched", "MB", "new", "changed", "gone", "ended", "exit", "crawl"), rows)


def _print_one(report: dict[str, Any]) -> None:
    index = report["index"] or {}
    seconds = f", {report['seconds']:.1f} s" if report.get("seconds") else ""
    rate = f", {report['per_second']} a second" if report["per_second"] else ""
    lines = [
        ("crawl", report["crawl_id"]),
        ("started", when(report["started"])),
        ("ended", f"{_why_ended(report)}, exit {_text(report['exit_code'])}, {when(report['finished'])}{seconds}"),
        ("fetched", f"{_counted(report['fetched'], 'response')}, {_megabytes(report)} MB{rate}"),
        ("incomplete", _incomplete(report["reasons"])),
        ("stories", ", ".join(f"{index[name]} {name}" for name in ("new", "changed", "gone") if name in index) or "?"),
        ("pages", _pages(report, index.get("seen") or 0)),
        ("unchanged", f"{_counted(report.get('revisits'), 'response')} identical to an earlier capture"),
        ("requisites", _requisites(report)),
        ("status", by_number(report["statuses"])),
        ("hosts", by_number(report.get("hosts") or {})),
        ("reasons", by_number(report["reasons"])),
        (
            "waited",
            ", ".join(f"for {host} until {when(until)}" for host, until in (report.get("resting") or {}).items()),
        ),
        ("left", f"{_text(report['queued'])} for the next run"),
        (
            "cause",
            ": ".join(filter(None, (report.get("cause"), report.get("cause_detail") or report.get("lost_stories")))),
        ),
        ("error", report["error"] or ""),
    ]
    for name, value in lines:
        if value:
            click.echo(f"{name:<10} {plain(str(value))}")


def _why_ended(report: Mapping[str, Any]) -> str:
    """Why a crawl ended. One without a report was killed, is running, or its last record was not imported."""
    reason = str(report["stop_reason"])
    return f"{reason} (killed, still running, or imported without its last record)" if reason == _NO_REPORT else reason


def _pages(report: Mapping[str, Any], seen: int) -> str:
    """The pages fetched, by what their URLs promise. Start pages count as others, also if they contain a story."""
    counts = f"{_counted(report['stories'], 'story page')}, {_counted(report['pages'], 'other page')}"
    more = seen > (report["stories"] or 0)
    return (
        f"{counts} (by URL; by their text, {counted(seen, 'page is a story', 'pages are stories')})" if more else counts
    )


def _incomplete(reasons: Mapping[str, int]) -> str:
    number = sum(count for reason, count in reasons.items() if reason.startswith("truncated"))
    return (
        f"{counted(number, 'URL')} with an incomplete response, not counted in `fetched` and `status`" if number else ""
    )


def _requisites(report: Mapping[str, Any]) -> str:
    ended = by_number(report.get("requisite_reasons") or {})
    return f"{report['requisites']} fetched ({ended})" if ended else ""


def _megabytes(report: Mapping[str, Any]) -> str:
    return f"{report['bytes'] / 1e6:.1f}" if report.get("bytes") is not None else "-"


def _counted(number: int | None, name: str) -> str:
    return f"- {name}s" if number is None else counted(number, name)


def _text(value: object) -> str:
    return "-" if value is None else str(value)
