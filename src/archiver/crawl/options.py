"""The options of a run of crawls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Self

from archiver.frontier import Recheck

MIN_FREE = 200 * 10**6  # bytes


@dataclass(frozen=True, slots=True)
class CrawlOptions:
    """Options of one run. None means the spider's setting, otherwise that of crawl/settings.py."""

    max_pages: int | None = None
    max_time: float | None = None  # seconds
    delay: float | None = None
    concurrency: int | None = None
    include: str | None = None
    exclude: str | None = None
    contact: str | None = None
    user_agent: str | None = None
    operator: str | None = None
    reserved: str | None = None  # for pages that ask not to be kept, if the spider sets nothing: keep, hide, leave
    render: bool = False  # render pages in a browser, for sites that need JavaScript
    requisites: bool = False  # fetch page requisites of stories, from any host
    require_valid_tls: bool = False  # keep no response with an invalid certificate
    exact: bool = False  # fetch the seeds and follow nothing
    recheck: Recheck = "auto"  # which of the known stories to fetch again
    since: datetime | None = None  # skip older stories
    min_free: int = MIN_FREE  # bytes: stop before less is free

    def to_json(self) -> dict[str, Any]:
        """The options for a report, and for a crawl by another process. `since` is in seconds since 1970."""
        return asdict(self) | {"since": self.since.timestamp() if self.since is not None else None}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The options from `to_json`."""
        since = data["since"]
        return cls(**{**data, "since": datetime.fromtimestamp(since, UTC) if since is not None else None})
