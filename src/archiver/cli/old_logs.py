"""Deletes logs of earlier crawls that are older, or take more space, than scrapy.cfg allows.

Nothing depends on them: reports and the index are made from other files. The latest log of each site is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archiver.errors import UsageError

DEFAULT = "90d 1G"
_AGE = re.compile(r"(\d{1,5})d")
_SIZE = re.compile(r"(\d{1,6})([MG])")
_BYTES = {"M": 10**6, "G": 10**9}
# 20260501.log is Scrapy's log of a day, 20260501080000123-SITE.jsonl the log of one crawl's fetches.
_NAME = re.compile(r"(?P<day>\d{8})(?:\d{9}-(?P<site>.+)\.jsonl|\.log)")


@dataclass(frozen=True, slots=True)
class LogLimits:
    """The maximum age and total size of logs; None: no limit."""

    days: int | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class _Log:
    day: str
    path: Path
    site: str | None
    size: int


def limits_of(text: str) -> LogLimits:
    """`90d`, `1G`, `90d 1G`, or `all`. Raises UsageError for any other value."""
    days = size = None
    for word in text.split() if text.strip() != "all" else ():
        if age := _AGE.fullmatch(word):
            days = int(age[1])
        elif amount := _SIZE.fullmatch(word):
            size = int(amount[1]) * _BYTES[amount[2]]
        else:
            raise UsageError(f"keep_logs = {text!r} is not a limit", "write 90d, 500M or 2G, both, or all")
    return LogLimits(days, size)


def remove_old_logs(folder: Path, limits: LogLimits, now: datetime | None = None) -> list[str]:
    """Delete the logs in a folder that exceed the limits, the oldest first; returns their names. One that can't be
    deleted is left for the next run.
    """
    logs = sorted(_logs_in(folder), key=lambda log: log.path.name, reverse=True)
    oldest = f"{(now or datetime.now(UTC)) - timedelta(days=limits.days):%Y%m%d}" if limits.days is not None else ""
    kept, sites, removed = 0, set[str | None](), []
    for log in logs:  # the newest first
        is_latest = log.site not in sites
        sites.add(log.site)
        too_many = limits.size is not None and kept + log.size > limits.size
        if is_latest or not (log.day < oldest or too_many):
            kept += log.size
            continue
        with suppress(OSError):
            log.path.unlink()
            removed.append(log.path.name)
    return removed


def _logs_in(folder: Path) -> Iterator[_Log]:
    with suppress(OSError):
        for path in folder.iterdir():
            named = _NAME.fullmatch(path.name)
            if named and path.is_file():
                yield _Log(named["day"], path, named["site"], path.stat().st_size)
