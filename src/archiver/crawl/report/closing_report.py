"""What a crawl did: the JSON that closes its last WARC, and the exit code that says it to cron."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from archiver.crawl.report.counts import Before, Tally
from archiver.crawl.rules.limits import StopReason
from archiver.errors import ExitCode
from archiver.frontier import Refusal

# A crawl is called failing when more than half of what it asked for failed, and it asked for more than a handful.
_FAILURES_TO_JUDGE = 10
_FAILING_SHARE = 0.5
_WALLS_TO_JUDGE = 3  # story pages that show a captcha or a consent wall
_BLOCKING_STATUSES = (401, 403, 429, 451)


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """One crawl of one site."""

    crawl_id: str
    site: str
    started: str  # ISO, UTC
    finished: str
    seconds: float
    stop_reason: StopReason
    exit_code: int
    resumed: bool
    fetched: int
    stories: int
    pages: int
    bytes: int
    retries: int
    new_stories: int  # story pages that never answered before
    changed: int  # known story pages that say something else than at the visit before
    unchanged: int
    gone: int
    not_modified: int  # answers with status 304
    revisits: int  # answers whose payload the archive had
    queued: int  # left for the next run
    reasons: dict[str, int]
    statuses: dict[str, int]
    walls: int  # story pages that showed a captcha, a bot check or a consent wall
    hosts: dict[str, int]
    settings: dict[str, Any]
    rendered: int = 0  # pages that a browser showed
    render_failed: int = 0  # pages that it could not show
    requisites: int = 0  # pictures, stylesheets, scripts that stories need: good answers
    requisite_reasons: dict[str, int] = field(default_factory=dict)  # how they ended
    error: str | None = None
    resting: dict[str, str] = field(default_factory=dict)  # host -> until when (ISO, UTC): what an earlier run was told
    seed_walls: int = 0  # start pages that look like one
    had_stories: bool = False  # earlier crawls got some
    lost_stories: str | None = None  # why a site that gave stories seems to give none

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def closing_record(report: CrawlReport, refusals: list[Refusal]) -> dict[str, Any]:
    """The content of the metadata record that closes a crawl: its report, and each URL it saw and did not get."""
    return report.to_json() | {"skipped": [asdict(refusal) for refusal in refusals]}


def exit_code(stop_reason: StopReason, tally: Tally, before: Before) -> ExitCode:
    """One code for what happened, the most telling first. docs/exit-codes.md explains them."""
    told_by = (
        (ExitCode.STORAGE, stop_reason in ("storage", "min_free")),
        (ExitCode.INTERRUPTED, stop_reason == "interrupted"),
        (ExitCode.BLOCKED, _is_blocked(tally)),
        (ExitCode.NO_SEED, tally.seeds > 0 and tally.seeds_fetched == 0),
        (ExitCode.TOO_MANY_FAILURES, _is_failing(tally)),
        (ExitCode.NO_ARTICLES, stop_reason == "finished" and tally.lost_stories(before) is not None),
        (ExitCode.TIME_LIMIT, stop_reason == "time_limit"),
    )
    return next((code for code, holds in told_by if holds), ExitCode.OK)


def _is_blocked(tally: Tally) -> bool:
    refused = sum(tally.statuses[status] for status in _BLOCKING_STATUSES)
    if tally.walls >= _WALLS_TO_JUDGE and tally.walls > tally.stories:
        return True
    if tally.seed_walls and not tally.article_links and not tally.stories:
        return True
    if tally.reasons["refused"] + tally.reasons["rate_limited"] >= _FAILURES_TO_JUDGE:
        return True  # a host was given up because of it, and pages were left
    return refused > 0 and refused >= tally.fetched * _FAILING_SHARE


def _is_failing(tally: Tally) -> bool:
    good = sum(count for status, count in tally.statuses.items() if status < 400)
    ended = sum(tally.reasons[reason] for reason in tally.reasons if _is_failure(reason))
    return ended >= _FAILURES_TO_JUDGE and ended > (ended + good) * _FAILING_SHARE


def _is_failure(reason: str) -> bool:
    prefixes = (
        "status_", "timeout", "connection_", "host_", "truncated", "error_", "too_large", "robots_unreachable",
        "refused", "rate_limited",
    )  # fmt: skip
    return reason.startswith(prefixes)
