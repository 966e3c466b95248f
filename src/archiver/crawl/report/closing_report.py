"""The report of a crawl: the JSON in the final record of its last WARC."""

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
    pages_new: int  # story pages fetched for the first time; the index has the number of new stories
    pages_changed: int  # known story pages with other words than at the previous fetch
    pages_unchanged: int
    pages_gone: int
    not_modified: int  # responses with status 304
    revisits: int  # responses whose payload was already in the archive
    queued: int  # left for the next run
    reasons: dict[str, int]
    statuses: dict[str, int]
    walls: int  # story pages that showed a captcha, a bot check or a consent wall
    hosts: dict[str, int]
    settings: dict[str, Any]
    rendered: int = 0  # pages rendered in a browser
    robots_statuses: dict[str, int] = field(default_factory=dict)  # of robots.txt, which `statuses` doesn't count
    render_failed: int = 0  # pages that could not be rendered
    requisites: int = 0  # page requisites (images, stylesheets, scripts) fetched successfully
    requisite_reasons: dict[str, int] = field(default_factory=dict)  # the outcomes of all requisites
    error: str | None = None
    resting: dict[str, str] = field(default_factory=dict)  # host -> until when (ISO, UTC), from an earlier run
    seed_walls: int = 0  # start pages that look like a wall
    had_stories: bool = False  # earlier crawls found stories
    article_links: int = 0  # links to stories on the lists that were read
    lost_stories: str | None = None  # why a site that had stories seems to have none now
    cause: str | None = None  # the cause of an exit code other than 0: docs/exit-codes.md
    cause_detail: str | None = None  # the URL or the numbers behind it

    missing: list[dict[str, str]] = field(
        default_factory=list
    )  # `capture`: the URLs that were not fetched, with reasons

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def closing_record(report: CrawlReport, refusals: list[Refusal]) -> dict[str, Any]:
    """The content of the final metadata record of a crawl: its report, and each URL that was found but not fetched."""
    return report.to_json() | {"skipped": [asdict(refusal) for refusal in refusals]}
