"""What a crawl did: the JSON that closes its last WARC."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from archiver.crawl.rules.limits import StopReason
from archiver.frontier import Refusal


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
    pages_new: int  # story pages that never answered before; how many stories that is, the index says
    pages_changed: int  # known story pages that say something else than at the visit before
    pages_unchanged: int
    pages_gone: int
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
    cause: str | None = None  # a word for why the exit code is not 0: docs/exit-codes.md
    cause_detail: str | None = None  # the address or the numbers that say so

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def closing_record(report: CrawlReport, refusals: list[Refusal]) -> dict[str, Any]:
    """The content of the metadata record that closes a crawl: its report, and each URL it saw and did not get."""
    return report.to_json() | {"skipped": [asdict(refusal) for refusal in refusals]}
