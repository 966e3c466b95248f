"""Limits that end a crawl before it is finished."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Literal

# `not_started`: the site's spider can't be used, so nothing was requested.
StopReason = Literal["finished", "max_pages", "time_limit", "min_free", "interrupted", "storage", "not_started"]

_LOOK_AT_DISK_EVERY = 1.0  # seconds


def free_bytes(folder: Path) -> int:
    """Free bytes on the disk of a folder."""
    return shutil.disk_usage(folder).free


class Limits:
    """Limits for pages, time and free disk space; None or 0 for no limit."""

    def __init__(
        self, *, max_pages: int | None = None, max_time: float | None = None, min_free: int = 0, folder: Path = Path()
    ) -> None:
        self._max_pages = max_pages
        self._deadline = time.monotonic() + max_time if max_time is not None else None
        self._min_free = min_free
        self._folder = folder
        self._looked = float("-inf")
        self._disk_low = False

    def reached(self, handed_out: int) -> StopReason | None:
        """The limit that is reached after this many URLs were handed out."""
        if self._max_pages is not None and handed_out >= self._max_pages:
            return "max_pages"
        if self._deadline is not None and time.monotonic() >= self._deadline:
            return "time_limit"
        return "min_free" if self._min_free and self._is_disk_low() else None

    def _is_disk_low(self) -> bool:
        now = time.monotonic()
        if now - self._looked >= _LOOK_AT_DISK_EVERY:
            self._looked = now
            try:
                self._disk_low = free_bytes(self._folder) < self._min_free
            except OSError:
                self._disk_low = False  # if free space is unknown, a failing write reports the problem
        return self._disk_low
