"""A JSON line for each fetch, in archive/logs/CRAWL.jsonl, to examine what a crawl did.

Nothing depends on it: if the log can't be written, the crawl continues without it.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from archiver.crawl.rules import verdict
from archiver.crawl.signs.page_kind import StorySign
from archiver.crawl.wire.fields import header
from archiver.frontier import Task
from archiver.keeping import is_tdm_file
from archiver.model import Kept

logger = logging.getLogger(__name__)


class FetchLog:
    """One crawl's log. With no path it writes nothing."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._file: TextIO | None = None

    def write(
        self,
        task: Task,
        outcome: str,
        *,
        status: int | None = None,
        size: int | None = None,
        seconds: float | None = None,
        kept: Kept | None = None,
        story_by: StorySign | None = None,
    ) -> None:
        """Write one fetch: `outcome` is its result, or the reason for another attempt. `story_by`: see `StorySign`."""
        what = {"kind": task.kind, "story_by": story_by, "found_on": task.found_on, "attempt": task.attempts + 1}
        self._write(_line(task.url, outcome, status, size, seconds, kept) | what)

    def write_answer(
        self, task: Task, outcome: str, response: Response, kept: Kept | None, story_by: StorySign | None = None
    ) -> None:
        """Write one fetch that got a response."""
        size, seconds = len(response.body), response.meta.get("download_latency")
        self.write(task, outcome, status=response.status, size=size, seconds=seconds, kept=kept, story_by=story_by)

    def write_extra(self, request: Request, became: Response | Exception, kept: Kept | None) -> None:
        """Write one fetch outside the frontier: robots.txt, tdmrep.json, or a request of a page in the browser."""
        if isinstance(became, Exception):
            outcome = verdict.name_of(verdict.of_failure(Failure(became), 0))  # type: ignore[no-untyped-call]  # Twisted's
            line = _line(request.url, outcome, None, None, None, kept)
        else:
            outcome = verdict.name_of(
                verdict.of_response(became.status, header(became, "Location"), None, 0, known=True)
            )
            seconds = request.meta.get("download_latency")
            line = _line(request.url, outcome, became.status, len(became.body), seconds, kept)
        kind = "tdm" if is_tdm_file(request.url) else "robots" if request.url.endswith("/robots.txt") else "browser"
        self._write(line | {"kind": kind, "story_by": None, "found_on": None, "attempt": 1})

    def flush(self) -> None:
        """Flush to the operating system."""
        if self._file is not None:
            try:
                self._file.flush()
            except OSError as error:
                self._give_up(error)

    def close(self) -> None:
        """End the log."""
        self.flush()
        file, self._file, self._path = self._file, None, None
        if file is not None:
            try:
                file.close()
            except OSError as error:
                self._give_up(error)

    def _write(self, line: dict[str, Any]) -> None:
        if self._path is None:
            return
        try:
            if self._file is None:
                self._file = self._path.open("a", encoding="utf-8", errors="replace")
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        logger.warning("the log of fetches can't be continued (%s)", error)
        file, self._file, self._path = self._file, None, None
        if file is not None:
            try:
                file.close()
            except OSError:
                return  # buffered lines are lost, which can't be avoided


def _line(
    url: str, outcome: str, status: int | None, size: int | None, seconds: float | None, kept: Kept | None
) -> dict[str, Any]:
    return {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "url": url,
        "status": status,
        "outcome": outcome,
        "bytes": size,
        "ms": round(seconds * 1000) if seconds is not None else None,
        "warc_file": kept.ref.warc_file if kept else None,
        "warc_offset": kept.ref.offset if kept else None,
        "revisit": kept.revisit if kept else None,
        "tls": kept.tls if kept else None,
    }
