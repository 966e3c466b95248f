"""A progress line for crawls, on a terminal only, so that logs stay readable."""

from __future__ import annotations

import shutil
import time
from typing import Self

import click

from archiver.crawl.run import Progress

_REDRAW_SECONDS = 0.2


class CrawlLine:
    """Redraws one line on stderr: a bar with the share of known URLs that are done, and the counts."""

    def __init__(self, enabled: bool) -> None:
        self._enabled = enabled
        self._started = time.monotonic()
        self._drawn = 0.0
        self._last: dict[str, Progress] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._drawn:
            click.echo("\r\x1b[K", err=True, nl=False)

    def update(self, progress: Progress) -> None:
        """Update the progress of one site; redraw at most five times a second."""
        if not self._enabled:
            return
        self._last[progress.site] = progress
        now = time.monotonic()
        if now - self._drawn >= _REDRAW_SECONDS:
            self._drawn = now
            click.echo("\r\x1b[K" + self._line(now - self._started), err=True, nl=False)

    def _line(self, elapsed: float) -> str:
        fetched = sum(progress.fetched for progress in self._last.values())
        queued = sum(progress.queued for progress in self._last.values())
        stories = sum(progress.stories for progress in self._last.values())
        failed = sum(progress.failed for progress in self._last.values())
        share = fetched / (fetched + queued) if fetched + queued else 0.0
        filled = round(share * 20)
        text = (
            f"[{'█' * filled}{'·' * (20 - filled)}] {fetched} fetched, {stories} story pages, {queued} queued"
            f"{f', {failed} failed' if failed else ''}, {fetched / max(elapsed, 0.001):.1f}/s"
        )
        return text[: shutil.get_terminal_size().columns - 1]
